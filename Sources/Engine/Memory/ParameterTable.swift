import Graphs
import Tensors

/// The parameters that a program reads: those of a shared memory, and constants of its own that the memory does not have
/// (a gradient graph brings some along).
package struct ParameterTable {
  private let shared: ParameterMemory
  private let own: ParameterMemory

  init(_ shared: ParameterMemory, for graph: Graph) {
    self.shared = shared
    var rest = graph
    rest.parameters = graph.parameters.filter { shared.places[$0.key] == nil }
    own = ParameterMemory(graph: rest)
  }

  /// Where a parameter lies; nil for other names.
  func place(of name: String) -> ParameterMemory.Place? { shared.places[name] ?? own.places[name] }

  /// The address of a parameter.
  func pointer(to name: String) -> UnsafeMutableRawPointer {
    shared.places[name] != nil ? shared.pointer(to: name) : own.pointer(to: name)
  }

  /// A parameter's value.
  func tensor(_ name: String) -> Tensor { shared.places[name] != nil ? shared.tensor(name) : own.tensor(name) }

  /// Brings shared values up to date; called on the compute thread before they are read.
  func refresh() { shared.refresh?(shared) }

  /// Declares that shared values have changed.
  func markChanged() { shared.markChanged() }

  /// Whether shared values never change.
  var isFixed: Bool { shared.isFixed }

  /// Rises whenever shared values change.
  var version: Int { shared.version }
}
