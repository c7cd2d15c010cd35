import Datasets
import Engine
import Graphs
import Tensors

/// Forward, backward and update of one group of batches: the compiled part of a training.
final class TrainingStep {
  let state: TrainingState
  let parts: [String]
  /// The weights of convolutions and dense layers that are trained.
  let weights: [String]
  private let gradients: GradientProgram
  private let update: UpdateProgram
  private let feed: ObjectiveFeed
  private let configuration: TrainingConfiguration
  private let engine: Engine
  private let lossName: String
  private let partNames: [String]

  init(
    _ network: Graph, configuration: TrainingConfiguration, objective: any Objective,
    teacher: (any TeacherSource)?, engine: Engine
  ) throws {
    self.configuration = configuration
    self.engine = engine
    let training = try TrainingGraph(network, objective: objective, teacherShapes: teacher?.shapes)
    let differentiated = try training.differentiated()
    state = TrainingState(graph: training.whole)
    gradients = try GradientProgram(
      differentiated, batch: configuration.batchSize, state: state, engine: engine,
      accumulates: configuration.accumulation > 1, precision: configuration.precision)
    gradients.seed = configuration.seed
    let roles = training.whole.roles()
    weights = state.trainable.filter { roles[$0] == .weight && differentiated.gradients[$0] != nil }
    // Parameters that the loss does not depend on stay as they are: decay would shrink them to nothing.
    update = UpdateProgram(rule: configuration.optimizer.rule, state: state, engine: engine) { name in
      differentiated.gradients[name] == nil
        ? UpdateSettings(rateFactor: 0)
        : configuration.groups.settings(
          for: name, role: roles[name] ?? .constant, weightDecay: configuration.weightDecay)
    }
    feed = ObjectiveFeed(declarations: training.declarations, teacher: teacher)
    lossName = training.loss
    parts = training.parts
    partNames = training.graph.outputs.dropFirst().map(\.name)
  }

  /// Forward and backward, compiled.
  var program: Program { gradients.compiled }

  /// Begins a group of batches.
  func begin() throws { if configuration.accumulation > 1 { try state.clearGradients(on: engine) } }

  /// Runs forward and backward on a batch. Returns the loss and its parts.
  /// - Throws: `PareError.badInput` where the loss is not a finite number.
  func accumulate(_ batch: Batch, at moment: TrainingMoment) throws -> (loss: Double, parts: [Double]) {
    let outputs = try gradients.run(feed.inputs(for: batch, at: moment))
    let loss = outputs[lossName]!.doubles[0]
    guard loss.isFinite else {
      throw PareError(
        .badInput,
        "the loss is no longer a number (\(loss)) at update \(moment.update) of epoch \(moment.epoch + 1); choose a lower "
          + "learning rate, a warm-up or a limit on the gradients' norm")
    }
    return (loss, partNames.map { outputs[$0]!.doubles[0] })
  }

  /// Makes the update from the mean gradient of the group.
  func apply(batches: Int, rate: Double) throws {
    var scale = 1 / Double(batches)
    if let limit = configuration.clipNorm {
      let norm = try state.gradientNorm(on: engine) * scale
      if norm > limit { scale *= limit / norm }
    }
    try update.run(rate: rate, gradientScale: scale)
  }
}
