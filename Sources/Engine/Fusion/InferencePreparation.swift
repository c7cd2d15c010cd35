import Graphs

/// What happens to a graph before it is compiled for inference: clean-up, integers in place of quantized numbers, and
/// folding of batch normalisation.
struct InferencePreparation: GraphPass {
  func apply(to graph: Graph) throws -> Graph {
    let passes: [any GraphPass] = [
      IdentityElimination(keepsTraining: false), IntegerLowering(), DeadNodeElimination(), QuantizedWeightFolding(),
      BatchNormalizationFolding(), DeadNodeElimination(),
    ]
    return try passes.reduce(graph) { try $1.apply(to: $0) }
  }
}
