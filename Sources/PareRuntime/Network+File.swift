import Engine
import Foundation
import ONNXFormat

extension Network {
  /// Reads a network from an `.onnx` file.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is damaged.
  public init(contentsOf url: URL) throws {
    try self.init(graph: ONNXFile.read(url).graph)
  }
}
