import Tensors

/// An operator that may turn out to pass its first input on unchanged.
public protocol PossibleIdentity: Operator {
  /// Whether the first output equals the first input, given the types of both.
  func isIdentity(input: ValueType, output: ValueType) -> Bool
}

/// An operator that passes its first input on and is there for what training does with it or its gradient.
public protocol TrainingIdentity: PossibleIdentity {}

extension TrainingIdentity {
  /// Always.
  public func isIdentity(input: ValueType, output: ValueType) -> Bool { true }
}

extension Detach: TrainingIdentity {}
extension StraightThrough: TrainingIdentity {}
extension StochasticDepth: TrainingIdentity {}

/// Takes away nodes that pass their input on: Identity, casts to the same type, reshapes to the same shape, slices of
/// everything. Dropout stays, since training needs it. Outputs of the network keep their names.
public struct IdentityElimination: GraphPass {
  /// Whether nodes that training needs (`TrainingIdentity`) stay.
  public var keepsTraining: Bool

  /// Makes the pass.
  public init(keepsTraining: Bool = true) { self.keepsTraining = keepsTraining }

  /// The network without nodes that do nothing.
  public func apply(to graph: Graph) throws -> Graph {
    let facts = try graph.facts()
    let inputs = Set(graph.inputs.map(\.name))
    var patch = GraphPatch()
    var renamed: [String: String] = [:]
    var taken = Set(graph.outputs.map(\.name))
    for node in graph.nodes {
      guard let op = node.op as? any PossibleIdentity, !(keepsTraining && op is any TrainingIdentity),
        let input = node.inputs.first, let output = node.outputs.first,
        !node.outputs.dropFirst().contains(where: { !$0.isEmpty }), let before = facts[input]?.type,
        let after = facts[output]?.type, before == after, op.isIdentity(input: before, output: after)
      else { continue }
      var source = input
      while let name = renamed[source] { source = name }
      if graph.isOutput(output) {
        // The source takes the output's name, unless it has a name to keep itself.
        guard !inputs.contains(source), graph.parameters[source] == nil, !taken.contains(source) else { continue }
        taken.insert(output)
        patch.removeNode(node.name, rewiringTo: source)
        renamed[source] = output
      } else {
        patch.removeNode(node.name, rewiringTo: source)
        renamed[output] = source
      }
    }
    return patch.isEmpty ? graph : try patch.applied(to: graph)
  }
}

extension Identity: PossibleIdentity {
  /// Always.
  public func isIdentity(input: ValueType, output: ValueType) -> Bool { true }
}

extension Cast: PossibleIdentity {
  /// Where the type stays.
  public func isIdentity(input: ValueType, output: ValueType) -> Bool { input.dataType == target }
}

extension Reshape: PossibleIdentity {
  /// Where the shape is known and stays.
  public func isIdentity(input: ValueType, output: ValueType) -> Bool {
    input.shape != nil && input.shape == output.shape
  }
}

extension Flatten: PossibleIdentity {
  /// Where the shape is known and stays.
  public func isIdentity(input: ValueType, output: ValueType) -> Bool {
    input.shape != nil && input.shape == output.shape
  }
}

extension Expand: PossibleIdentity {
  /// Where the shape is known and stays.
  public func isIdentity(input: ValueType, output: ValueType) -> Bool {
    input.shape != nil && input.shape == output.shape
  }
}

extension Slice: PossibleIdentity {
  /// Where everything is taken, in order.
  public func isIdentity(input: ValueType, output: ValueType) -> Bool {
    input.shape != nil && input.shape == output.shape && steps.allSatisfy { $0 > 0 }
  }
}

extension Pad: PossibleIdentity {
  /// Where nothing is added or cut off.
  public func isIdentity(input: ValueType, output: ValueType) -> Bool { (before + after).allSatisfy { $0 == 0 } }
}

extension Transpose: PossibleIdentity {
  /// Where the axes stay in order.
  public func isIdentity(input: ValueType, output: ValueType) -> Bool {
    guard let rank = input.shape?.rank else { return false }
    return (try? order(rank: rank)) == Array(0..<rank)
  }
}
