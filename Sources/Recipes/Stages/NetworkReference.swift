import Foundation
import Graphs
import PareFormat
import Tensors
import Zoo

/// A network that a stage's settings name: a file, or `zoo:NAME`.
enum NetworkReference {
  /// The network; one of the zoo that names no seed has the one given.
  /// - Throws: what reading and the zoo throw.
  static func graph(_ name: String, seed: UInt64) throws -> Graph {
    guard ZooReference.isReference(name) else { return try ModelFile.read(URL(fileURLWithPath: name)).graph }
    return try Zoo.graph(ZooReference(parsing: name).withDefault("seed", String(seed)))
  }
}
