import Datasets
import Engine
import Graphs
import Measurement
import Tensors
import Training

/// Sets weights to zero, singly or in patterns, blocks and kernels, and holds them there while the rest is fine-tuned.
///
/// Shapes stay: the zeros pay off in files that code them and in kernels that skip them. Biases, normalisations and
/// depthwise filters are left alone. Sparsity is the share of zeros among the weights of the layers that are pruned.
///
/// ```swift
/// var configuration = WeightPruningConfiguration(sparsity: 0.9, epochs: 10)
/// configuration.schedule = .agp
/// var pruning = WeightPruning(configuration, engine: engine)
/// pruning.fineTuning = { model, epochs, _, holding in
///   var trainer = trainer(epochs)
///   try holding.install(in: &trainer, samples: training.count)
///   return try trainer.train(model, on: training)
/// }
/// let result = try pruning.compress(model, trainingOn: training)
/// ```
public struct WeightPruning {
  /// The numbers.
  public var configuration: WeightPruningConfiguration
  /// Where everything runs.
  public var engine: Engine
  /// How the data was prepared, where not by the model's own preparation.
  public var preparation: Preparation?
  /// Where weights that stay start again from in each round: the network as it was before it was trained, or early in its
  /// training; nil: they go on from where they are.
  ///
  /// With the iterative schedule this finds lottery tickets: Frankle and Carbin 2019, "The lottery ticket hypothesis",
  /// section 1; from early in the training Frankle, Dziugaite, Roy, Carbin 2020, "Linear mode connectivity and the lottery
  /// ticket hypothesis". Biases, normalisations and running statistics start again, too.
  public var rewinding: Graph?
  /// A request to stop, seen between measurements.
  public var stop: StopToken?
  /// Called as sensitivity is measured: what is done, and of how much.
  public var onSensitivity: ((_ done: Int, _ all: Int) -> Void)?
  /// Trains a model for a number of epochs in a round (from 1), with the weights held at zero that `holding` installs in
  /// the trainer; nil: nothing does.
  public var fineTuning:
    ((_ model: Model, _ epochs: Int, _ round: Int, _ holding: SparseTraining) throws -> TrainingResult)?

  /// Makes a pruning.
  public init(_ configuration: WeightPruningConfiguration, engine: Engine) {
    self.configuration = configuration
    self.engine = engine
  }

  /// Prunes.
  ///
  /// - Parameters:
  ///   - training: samples that criteria look at; not read by those that look at weights alone.
  ///   - heldOut: labelled samples that sensitivity is measured on; needed for that selection alone.
  /// - Throws: `PareError.usage` for a configuration that makes no sense or a network without a layer to prune,
  ///   `PareError.badInput` for weights that are no numbers, and what fine-tuning throws.
  public func compress(
    _ model: Model, trainingOn training: Split, judgedBy heldOut: Split? = nil
  ) throws -> WeightPruningResult {
    let configuration = try configuration.validated()
    try model.graph.requireFloatWeights()
    var rule = try WeightRule(configuration, graph: model.graph)
    if let rewinding {
      guard !configuration.schedule.isWithinTraining else {
        throw PareError(
          .usage,
          "weights cannot start again within one training; choose another schedule than "
            + configuration.schedule.rawValue)
      }
      try model.graph.check(rewinding)
    }
    let curves = try sensitivity(of: rule, in: model, configuration, training: training, heldOut: heldOut)
    if let curves {
      rule.shares = WeightSensitivity.shares(
        curves: curves, counts: rule.counts, sparsity: rule.sparsity, floor: configuration.floor!,
        chance: 1 / Double(max(heldOut?.classCount ?? 1, 1)))
    }
    let sparsity = rule.sparsity
    let isWithinTraining = configuration.schedule.isWithinTraining && configuration.epochs > 0 && fineTuning != nil
    guard isWithinTraining || !rule.criterion.isJudgedInTrainingAlone else {
      throw PareError(.usage, "\(configuration.criterion) judges weights while they are trained; give epochs above 0")
    }
    let rounds = configuration.schedule == .iterative ? configuration.rounds : 1
    var (model, masks) = (model, WeightMasks())
    for (index, target) in SparsitySchedule.rounds(rounds, to: sparsity).enumerated() {
      var holding = SparseTraining(rule: rule)
      if isWithinTraining {
        holding.course =
          configuration.schedule == .soft
          ? .soft(sparsity: sparsity)
          : .gradual(.init(sparsity: sparsity, share: configuration.rampShare, steps: configuration.rampSteps))
      } else {
        masks = try rule.masks(of: model.graph, sparsity: target, given: evidence(for: rule, of: model, training))
        if let rewinding { model.graph.parameters = rewinding.parameters }
        model.graph = masks.applied(to: model.graph)
        holding.masks = masks
      }
      // Equal parts of the epochs, the later rounds getting what does not divide.
      let epochs = configuration.epochs * (index + 1) / rounds - configuration.epochs * index / rounds
      guard let fineTuning, epochs > 0 else { continue }
      let result = try fineTuning(model, epochs, index + 1, holding)
      (model, masks) = (result.model, WeightMasks(result.snapshot.masks))
    }
    let report = WeightPruningReport(configuration, rule: rule, graph: model.graph, sensitivity: curves)
    guard masks.applied(to: model.graph).hasEqualWeights(to: model.graph, named: rule.names) else {
      throw PareError(.internalFault, "weights that were set to zero did not stay there")
    }
    let start = rewinding == nil ? "" : ", started again each round"
    model.history.append(
      "weights pruned by \(configuration.criterion), \(configuration.granularity.text), "
        + "\(configuration.schedule.rawValue)\(start): \(report.zeros) of \(report.weights) are zero")
    return WeightPruningResult(model: model, masks: masks, report: report)
  }

  /// The curve of each layer where layers differ by it; nil otherwise.
  private func sensitivity(
    of rule: WeightRule, in model: Model, _ configuration: WeightPruningConfiguration, training: Split, heldOut: Split?
  ) throws -> [SensitivityCurve]? {
    guard configuration.selection == .sensitivity else { return nil }
    guard let heldOut else {
      throw PareError(.usage, "sensitivity is measured by labels, and the data has none; choose another selection")
    }
    var measurement = SensitivityMeasurement(
      on: heldOut.sample(atMost: configuration.samples, seed: configuration.seed), batchSize: 250, engine: engine)
    measurement.onProgress = onSensitivity
    return try WeightSensitivity(
      model: model, rule: rule, evidence: evidence(for: rule, of: model, training), preparation: preparation,
      stop: stop
    ).curves(sparsity: rule.sparsity, by: measurement)
  }

  private func evidence(for rule: WeightRule, of model: Model, _ training: Split) throws -> [String: [Double]] {
    guard let criterion = rule.criterion as? any GradientCriterion else { return [:] }
    return try EvidenceMeasurement(
      model: model, samples: training.sample(atMost: configuration.samples, seed: configuration.seed),
      preparation: preparation, batchSize: configuration.evidenceBatch, engine: engine
    ).weights(rule.names, for: criterion)
  }
}

/// What weight pruning returns.
public struct WeightPruningResult: Sendable {
  /// The network with the zeros.
  public var model: Model
  /// Which weights are held at zero, for further training.
  public var masks: WeightMasks
  /// What was done.
  public var report: WeightPruningReport
}

extension Graph {
  /// Checks that a network to start again from has the same weights.
  /// - Throws: `PareError.badInput` naming one that differs.
  func check(_ other: Graph) throws {
    let names = Set(parameters.keys).symmetricDifference(other.parameters.keys)
    let differing =
      names.sorted().first
      ?? parameters.keys.first { name in
        other.parameters[name]!.shape != parameters[name]!.shape
          || other.parameters[name]!.dataType != parameters[name]!.dataType
      }
    if let differing {
      throw PareError(
        .badInput, "the network to start again from has other weights than the one that is pruned: \(differing)")
    }
  }

  /// Whether parameters have the same values in both.
  fileprivate func hasEqualWeights(to other: Graph, named names: [String]) -> Bool {
    names.allSatisfy { parameters[$0]?.tensor == other.parameters[$0]?.tensor }
  }
}
