import Foundation
import Graphs
import SwiftProtobuf
import Tensors

/// Networks in `.onnx` files.
public enum ONNXFile {
  /// Reads a network; weights in other files of the same folder belong to it.
  /// - Parameter inputShapes: shapes by input, for inputs that leave extents open besides the batch; an empty name
  ///   stands for the only input.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is damaged, `.unsupported` where
  ///   its version or an input is one that Pare does not read.
  public static func read(_ url: URL, inputShapes: [String: Shape] = [:]) throws -> Model {
    try read(url, inputShapes: inputShapes, constants: [:])
  }

  static func read(_ url: URL, inputShapes: [String: Shape], constants: [String: Tensor]) throws -> Model {
    do {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
        throw PareError(.notFound, "there is no such file; check the path")
      }
      guard !isFolder.boolValue else { throw PareError(.badInput, "this is a folder; give an .onnx file in it") }
      let bytes: Data
      do {
        bytes = try Data(contentsOf: url, options: .mappedIfSafe)
      } catch {
        throw PareError(.badInput, "the file cannot be read: \(error.localizedDescription)")
      }
      guard !bytes.isEmpty else { throw PareError(.badInput, "the file is empty; export or copy it again") }
      let folder = url.deletingLastPathComponent()
      return try ONNXReader(bytes: bytes, folder: folder, inputShapes: inputShapes, constants: constants).model()
    } catch let error as PareError {
      throw error.within("file", url.path)
    }
  }

  /// Writes a network beside its final place and renames it. Above 2 GB, which ONNX files cannot exceed, weights go to
  /// a second file of the same name with `.data` behind it.
  /// - Returns: the number of bytes written, the second file's included.
  /// - Throws: `PareError.cannotWrite` with the reason, `.unsupported` for nodes of training programs.
  @discardableResult
  public static func write(_ model: Model, to url: URL) throws -> Int {
    try write(model, to: url, weightsApartFrom: 2_000_000_000)
  }

  static func write(_ model: Model, to url: URL, weightsApartFrom limit: Int) throws -> Int {
    var writer = try ONNXWriter(model)
    var proto = try writer.proto()
    let weights = proto.graph.initializer.reduce(0) { $0 + $1.rawData.count }
    var total = 0
    if weights > limit {
      let location = url.lastPathComponent + ".data"
      let pieces = proto.takeOutWeights(into: location)
      try FileBytes.write(pieces, to: url.deletingLastPathComponent().appendingPathComponent(location).path)
      total += pieces.reduce(0) { $0 + $1.count }
    }
    let bytes: Data = try proto.serializedBytes()
    try FileBytes.write([bytes], to: url.path)
    return total + bytes.count
  }
}

extension Model {
  /// Reads a network from the bytes of an `.onnx` file whose weights are all inside.
  /// - Throws: what `ONNXFile.read` throws.
  public init(onnx bytes: [UInt8], inputShapes: [String: Shape] = [:]) throws {
    self = try ONNXReader(bytes: bytes, folder: nil, inputShapes: inputShapes).model()
  }

  /// The bytes of an `.onnx` file that holds the network, weights inside; the same model gives the same bytes.
  /// - Throws: `PareError.unsupported` for nodes of training programs.
  public func onnxBytes() throws -> [UInt8] {
    var writer = try ONNXWriter(self)
    return try writer.proto().serializedBytes()
  }
}
