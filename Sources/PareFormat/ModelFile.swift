import Foundation
import Graphs
import ONNXFormat
import Tensors

/// Networks in files of either format: a file is read as what its first bytes say, and written as what its name says.
public enum ModelFile {
  /// What the names of files that hold networks end with.
  public static let extensions = ["onnx", "pare"]

  /// Reads a network from an `.onnx` or `.pare` file.
  /// - Parameter inputShapes: shapes by input, for inputs that leave extents open besides the batch; an empty name
  ///   stands for the only input.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is damaged, `.unsupported` where
  ///   its version or an input is one that Pare does not read.
  public static func read(_ url: URL, inputShapes: [String: Shape] = [:]) throws -> Model {
    PareFile.isPareFile(url)
      ? try PareFile.read(url, inputShapes: inputShapes) : try ONNXFile.read(url, inputShapes: inputShapes)
  }

  /// Reads a network to run it on certain arrays, as `ONNXFile.read(_:toRunOn:)` does.
  /// - Returns: the network, and the arrays without those that became constants.
  /// - Throws: as `read(_:inputShapes:)`.
  public static func read(
    _ url: URL, toRunOn arrays: [String: Tensor]
  ) throws -> (model: Model, inputs: [String: Tensor]) {
    guard PareFile.isPareFile(url) else { return try ONNXFile.read(url, toRunOn: arrays) }
    return try Model.bound(to: arrays) { try PareFile.read(url, inputShapes: $0, constants: $1) }
  }

  /// Writes a network beside its final place and renames it: as a `.pare` file where the name ends so, as ONNX otherwise.
  /// - Returns: the number of bytes written.
  /// - Throws: `PareError.cannotWrite` with the reason, `.unsupported` for nodes of training programs.
  @discardableResult
  public static func write(_ model: Model, to url: URL) throws -> Int {
    url.pathExtension == "pare" ? try PareFile.write(model, to: url) : try ONNXFile.write(model, to: url)
  }
}
