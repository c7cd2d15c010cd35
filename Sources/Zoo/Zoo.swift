import Foundation
import Graphs
import Tensors

/// The networks that Pare can build by name, with fresh weights.
public enum Zoo {
  /// Every architecture.
  public static var architectures: [any Architecture] { ZooList.all }

  /// The architecture of a name.
  /// - Throws: `PareError.usage` for an unknown name, listing those there are.
  public static func architecture(named name: String) throws -> any Architecture {
    guard let found = ZooList.all.first(where: { $0.name == name }) else {
      let names = ZooList.all.map(\.name).joined(separator: ", ")
      throw PareError(.usage, "the zoo has no \"\(name)\"; it has \(names) (pare zoo explains each)")
    }
    return found
  }

  /// Builds the network of a reference, with what its user needs beside it: preparation and history.
  /// - Throws: as `graph(_:)`.
  public static func model(_ reference: ZooReference) throws -> Model {
    let (architecture, options) = try resolved(reference)
    var model = Model(try graph(architecture, options, reference))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let preparation = try encoder.encode(architecture.preparation(options))
    model.preparationJSON = String(decoding: preparation, as: UTF8.self)
    model.history = ["built \(reference)"]
    return model
  }

  /// Builds the network of a reference.
  /// - Throws: `PareError.usage` for an unknown name or option, a value that it does not allow, or values that do not go
  ///   together.
  public static func graph(_ reference: ZooReference) throws -> Graph {
    let (architecture, options) = try resolved(reference)
    return try graph(architecture, options, reference)
  }

  /// Builds a network for the functions named after architectures; options that are nil have their defaults.
  static func graph(
    _ architecture: some Architecture, _ options: [String: (any CustomStringConvertible)?]
  ) throws -> Graph {
    let texts = options.compactMapValues { $0?.description }
    return try graph(ZooReference(name: architecture.name, options: texts))
  }

  private static func resolved(_ reference: ZooReference) throws -> (any Architecture, ArchitectureOptions) {
    let architecture = try architecture(named: reference.name)
    do {
      return (architecture, try ArchitectureOptions(reference.options, of: architecture.options))
    } catch let error as PareError {
      throw error.within("network", reference.description)
    }
  }

  private static func graph(
    _ architecture: any Architecture, _ options: ArchitectureOptions, _ reference: ZooReference
  ) throws -> Graph {
    do {
      return try architecture.build(options)
    } catch var error as PareError {
      // What does not fit comes from the options: an image that is too small, for instance.
      error.code = .usage
      throw error.within("network", reference.description)
    }
  }
}
