import ArgumentParser
import Foundation
import Pare

/// A network to read: a file, or `zoo:NAME` with options.
struct ModelArgument: ExpressibleByArgument, Equatable, CustomStringConvertible {
  /// The argument as it was written.
  let text: String

  init(argument text: String) { self.text = text }

  var description: String { text }

  /// The file; nil for a network of the zoo.
  var file: URL? { ZooReference.isReference(text) ? nil : URL(fileURLWithPath: text) }

  /// Reads or builds the network.
  ///
  /// - Parameters:
  ///   - shapes: shapes of inputs that the file leaves open.
  ///   - seed: the seed of the weights of a network of the zoo that names none.
  /// - Throws: `PareError.notFound` where there is no such file, and what reading and the zoo throw.
  func read(shapes: [ShapeArgument] = [], seed: UInt64 = 0) throws -> Model {
    guard let file else {
      guard shapes.isEmpty else {
        throw PareError(.usage, "--input gives a shape, but \(text) has its own; leave it out")
      }
      return try Zoo.model(ZooReference(parsing: text).withDefault("seed", String(seed)))
    }
    var inputShapes: [String: Shape] = [:]
    for shape in shapes where inputShapes.updateValue(shape.shape, forKey: shape.input) != nil {
      throw PareError(.usage, "--input gives the shape of \"\(shape.input)\" twice")
    }
    return try ModelFile.read(file, inputShapes: inputShapes)
  }

  /// The bytes of the file that holds the network; for one of the zoo of the file that would be written.
  func fileBytes(of model: Model) throws -> Int {
    guard let file else { return try model.onnxBytes().count }
    let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
    return (attributes[.size] as? NSNumber)?.intValue ?? 0
  }
}
