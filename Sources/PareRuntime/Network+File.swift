import Engine
import Foundation
import PareFormat

extension Network {
  /// Reads a network from an `.onnx` or `.pare` file.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is damaged.
  public init(contentsOf url: URL) throws {
    try self.init(graph: ModelFile.read(url).graph)
  }
}
