import Graphs
import Tensors
import Training

/// The sum of the sizes of all scales of batch normalisation: sum |γ|, to be added to a loss with a small weight (1e-5 to
/// 1e-4). It drives scales of channels that matter little to 0, where `NormalizationScale` finds them.
///
/// Liu, Li, Shen, Huang, Yan, Zhang 2017, "Learning efficient convolutional networks through network slimming", equation
/// 1. The subgradient at 0 is 0.
public struct ScalePenalty: Objective, Equatable {
  /// Makes the objective.
  public init() {}

  /// A loss with the penalty beside it.
  /// - Parameter weight: λ of the paper.
  public static func added(to loss: any Objective, weight: Double) -> WeightedSum {
    WeightedSum([.init("loss", loss), .init("scales", weight: weight, ScalePenalty())])
  }

  /// Adds the sum.
  /// - Throws: `PareError.usage` where the network has no batch normalisation.
  public func loss(in builder: GraphBuilder, outputs: [String: Value], inputs: ObjectiveInputs) throws -> Value {
    let graph = builder.graph
    let scales = Set(
      graph.nodes.filter { $0.op is BatchNormalization }.map { $0.inputs[1] }.filter { graph.parameters[$0] != nil })
    var total: Value?
    for scale in scales.sorted() {
      let part = try builder.add(
        ReduceSum(axes: [0], keepDimensions: false), builder.magnitude(inputs.feature(scale)))
      total = try total.map { try builder.sum($0, part) } ?? part
    }
    guard let total else {
      throw PareError(.usage, "the network has no batch normalisation whose scales could be penalised")
    }
    return total
  }
}
