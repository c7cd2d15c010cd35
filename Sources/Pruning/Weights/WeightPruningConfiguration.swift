import Tensors

/// The numbers of weight pruning: the same struct is a recipe's text and the library's argument.
///
/// Keys that a recipe leaves out have the defaults.
public struct WeightPruningConfiguration: Codable, Sendable, Equatable {
  /// Which weights go first: a name of `PruningCriteria` that adopts `WeightCriterion`.
  public var criterion = L1Norm.identifier
  /// What is set to zero together.
  public var granularity = WeightGranularity.weight
  /// The share of zeros among the weights of the layers that are pruned, 0 to below 1; nil: what the granularity says.
  public var sparsity: Double?
  /// Which layers give how many.
  public var selection = WeightSelection.uniform
  /// The fractions of their weights that some layers lose, and no others; the first pattern that fits a layer counts. They
  /// take the place of sparsity and selection.
  public var layerRatios: [LayerRatio] = []
  /// The share of each layer's weights that stays at least, 0 to 1: a global threshold can empty a layer. nil: 0.01, or
  /// half of what the sparsity leaves where that is less.
  public var floor: Double?
  /// When weights become zero.
  public var schedule = SparsitySchedule.oneShot
  /// Rounds of the iterative schedule.
  public var rounds = 3
  /// The part of a training's updates after which the gradual schedule has reached the sparsity, above 0 and up to 1;
  /// the rest trains what is left.
  public var rampShare = SparseTraining.Ramp.usual.share
  /// How often the gradual schedule sets weights to zero.
  public var rampSteps = SparseTraining.Ramp.usual.steps
  /// Layers whose weights all stay: names of weights or nodes, `*` for any characters and `?` for one.
  public var ignore: [String] = []
  /// Epochs of fine-tuning in all.
  public var epochs = 0
  /// Training samples that criteria look at, and held-out samples that sensitivity is measured on.
  public var samples = 1000
  /// Samples in a batch of what criteria look at.
  public var evidenceBatch = 50
  /// The seed of the choice of samples and of random criteria.
  public var seed: UInt64 = 0

  enum CodingKeys: String, CodingKey, CaseIterable {
    case criterion, granularity, sparsity, selection, floor, schedule, rounds, ignore, epochs, samples, seed
    case layerRatios = "layer_ratios"
    case rampShare = "ramp_share"
    case rampSteps = "ramp_steps"
    case evidenceBatch = "evidence_batch"
  }

  /// The defaults, to a sparsity.
  public init(granularity: WeightGranularity = .weight, sparsity: Double? = nil, epochs: Int = 0, seed: UInt64 = 0) {
    self.granularity = granularity
    self.sparsity = sparsity
    self.epochs = epochs
    self.seed = seed
  }

  /// Reads a configuration; missing keys have the defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.criterion, into: &criterion)
    try values.read(.granularity, into: &granularity)
    sparsity = try values.decodeIfPresent(Double.self, forKey: .sparsity)
    try values.read(.selection, into: &selection)
    try values.read(.layerRatios, into: &layerRatios)
    floor = try values.decodeIfPresent(Double.self, forKey: .floor)
    try values.read(.schedule, into: &schedule)
    try values.read(.rounds, into: &rounds)
    try values.read(.rampShare, into: &rampShare)
    try values.read(.rampSteps, into: &rampSteps)
    try values.read(.ignore, into: &ignore)
    try values.read(.epochs, into: &epochs)
    try values.read(.samples, into: &samples)
    try values.read(.evidenceBatch, into: &evidenceBatch)
    try values.read(.seed, into: &seed)
  }

  /// The configuration, once its numbers make sense; `floor` is then there, and `sparsity`
  /// but for layers' ratios.
  /// - Throws: `PareError.usage` naming what is out of range or does not go together.
  public func validated() throws -> WeightPruningConfiguration {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
      if !condition { throw PareError(.usage, message()) }
    }
    var result = self
    let rule = try PruningCriteria.weightCriterion(named: criterion)
    if let fixed = granularity.fixedSparsity {
      try require(
        sparsity == nil || abs(sparsity! - fixed) < 1e-9,
        "\(granularity.text) leaves \(1 - fixed) of the weights, not \(1 - (sparsity ?? 0)); leave the sparsity out")
      try require(
        selection == .uniform && schedule == .oneShot,
        "\(granularity.text) prunes every layer alike and at once; leave selection and schedule out")
      result.sparsity = fixed
    }
    for ratio in layerRatios { try ratio.validate() }
    try require(
      layerRatios.isEmpty || result.sparsity == nil && selection == .uniform,
      "layers' ratios say how many weights become zero; leave sparsity and selection out")
    guard let sparsity = result.sparsity ?? layerRatios.map(\.removed).max() else {
      throw PareError(.usage, "how many weights of \(granularity.text) are to be zero? give a sparsity, such as 0.9")
    }
    try require(sparsity >= 0 && sparsity < 1, "a sparsity of \(sparsity); it must be from 0 to below 1")
    let floor = floor ?? min(0.01, (1 - sparsity) / 2)
    result.floor = floor
    try require(floor >= 0 && floor <= 1, "a floor of \(floor) of the weights; it must be 0 to 1")
    try require(
      floor <= 1 - sparsity + 1e-9,
      "a floor of \(floor) of each layer's weights leaves no room for a sparsity of \(sparsity)")
    try require(rounds >= 1, "\(rounds) rounds; at least 1 is needed")
    try require(
      rampShare > 0 && rampShare <= 1, "a ramp over \(rampShare) of the training; it must be above 0, up to 1")
    try require(rampSteps >= 1, "\(rampSteps) steps of the ramp; at least 1 is needed")
    try require(epochs >= 0, "\(epochs) epochs of fine-tuning; it must not be negative")
    try require(samples >= 1 && evidenceBatch >= 1, "criteria need at least 1 sample, in batches of at least 1")
    try require(
      selection != .sensitivity || !rule.isJudgedInTrainingAlone,
      "\(criterion) judges weights while they are trained; sensitivity is measured before: choose another selection")
    try require(
      schedule == .agp || !rule.isJudgedInTrainingAlone,
      "\(criterion) judges weights while they are trained, and once they are zero no more; choose the schedule agp")
    return result
  }
}
