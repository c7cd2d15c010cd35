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
    var model = Model(try graph(reference))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let preparation = try encoder.encode(architecture(named: reference.name).preparation)
    model.preparationJSON = String(decoding: preparation, as: UTF8.self)
    model.history = ["built \(reference)"]
    return model
  }

  /// Builds the network of a reference.
  /// - Throws: `PareError.usage` for an unknown name or option, or a value out of range.
  public static func graph(_ reference: ZooReference) throws -> Graph {
    let architecture = try architecture(named: reference.name)
    do {
      return try architecture.build(ArchitectureOptions(reference.options, of: architecture.options))
    } catch let error as PareError {
      throw error.within("network", reference.description)
    }
  }
}
