/// A transformation of a network that leaves what it computes as it is.
public protocol GraphPass: Sendable {
  /// The transformed network.
  /// - Throws: what shape inference or an operator's evaluation throws.
  func apply(to graph: Graph) throws -> Graph
}

extension Graph {
  /// The network after passes, one after the other.
  /// - Throws: what a pass throws.
  public func applying(_ passes: any GraphPass...) throws -> Graph {
    try passes.reduce(self) { try $1.apply(to: $0) }
  }
}
