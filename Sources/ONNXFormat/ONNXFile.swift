import Foundation
import Graphs
import SwiftProtobuf
import Tensors

/// Networks in `.onnx` files.
public enum ONNXFile {
  /// Reads a network; weights in other files of the same folder belong to it.
  /// - Parameter inputShapes: shapes by input, for inputs that leave extents open besides the batch.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is damaged, `.unsupported` where
  ///   its version or an input is one that Pare does not read.
  public static func read(_ url: URL, inputShapes: [String: Shape] = [:]) throws -> Model {
    do {
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw PareError(.notFound, "there is no such file")
      }
      let bytes: Data
      do {
        bytes = try Data(contentsOf: url, options: .mappedIfSafe)
      } catch {
        throw PareError(.badInput, "the file cannot be read: \(error.localizedDescription)")
      }
      let folder = url.deletingLastPathComponent()
      return try ONNXReader(bytes: bytes, folder: folder, inputShapes: inputShapes).model()
    } catch let error as PareError {
      throw error.within("file", url.path)
    }
  }
}

extension Model {
  /// Reads a network from the bytes of an `.onnx` file whose weights are all inside.
  /// - Throws: what `ONNXFile.read` throws.
  public init(onnx bytes: [UInt8], inputShapes: [String: Shape] = [:]) throws {
    self = try ONNXReader(bytes: bytes, folder: nil, inputShapes: inputShapes).model()
  }
}
