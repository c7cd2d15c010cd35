import Tensors

/// The numbers of channel pruning: the same struct is a recipe's text and the library's argument.
///
/// Keys that a recipe leaves out have the defaults.
public struct ChannelPruningConfiguration: Codable, Sendable, Equatable {
  /// Which channels go first: a name of `PruningCriteria`.
  public var criterion = L1Norm.identifier
  /// How the numbers of a coupled channel, of its filters say, become one score.
  public var aggregation = ScoreAggregation.sum
  /// What the scores of a group are divided by; nil: what the criterion takes for the best.
  public var normalization: ScoreNormalization?
  /// How it is decided how many channels each group loses.
  public var selection = ChannelSelection.sensitivity
  /// The fractions that some layers' groups lose, and no others; the first pattern that fits one of a group's layers
  /// counts. Where there are any, they take the place of target and selection.
  public var layerRatios: [LayerRatio] = []
  /// How small the network has to become.
  public var target = PruningTarget.macs(0.5)
  /// The fraction of what remains of the target's resource that one step takes at most, above 0 and below 1.
  public var maxStep = 0.2
  /// When channels go: one after the other in steps (`iterative`), in one step, or at the end of one training of all epochs
  /// in which they are zero, ever more of them (`agp`) or after each epoch (`soft`).
  public var schedule = SparsitySchedule.iterative
  /// In how many steps of equal fractions the target is reached, none of which is halved; nil: in as many as `maxStep` asks
  /// for.
  public var steps: Int?
  /// How far groups of channels may shrink.
  public var limits = ChannelLimits()
  /// Layers that keep all their channels: names of weights or nodes, `*` for any characters and `?` for one.
  public var ignore: [String] = []
  /// The fractions of a group's channels that are removed to measure its sensitivity, each above 0 and below 1.
  public var ratios = [0.25, 0.5, 0.75]
  /// Held-out samples that sensitivity is measured and plans are compared on, by cross-entropy; steps are judged on all of
  /// them.
  public var samples = 1000
  /// Whether sensitivity is measured again before each step; otherwise only before the first.
  public var remeasures = true
  /// How many plans are compared as a whole before each step, where sensitivity chooses; 1: what it says of each group
  /// alone decides.
  public var plans = 32
  /// Whether the mean output of removed channels goes into the next layers' biases.
  public var foldsMeans = true
  /// Whether batch normalisations get the statistics of the smaller network after each step, on as many training samples as
  /// means are measured on, and sensitivity is measured accordingly. Where channels go behind a training they carry
  /// nothing, and its statistics stay.
  public var recalibrates = true
  /// Training samples that means, and what criteria ask for, are measured on.
  public var meanSamples = 1000
  /// Samples in a batch of what criteria ask for; gradients are squared batch by batch.
  public var evidenceBatch = 50
  /// Epochs of fine-tuning in all.
  public var epochs = 0
  /// The part of the epochs that is kept for the end, 0 to 1; the rest goes to the steps by what they removed.
  public var finalShare = 0.5
  /// The seed of the choice of samples and of random criteria.
  public var seed: UInt64 = 0

  enum CodingKeys: String, CodingKey, CaseIterable {
    case criterion, aggregation, normalization, selection, target, schedule, steps, limits, ignore, ratios, samples
    case remeasures, plans, recalibrates, epochs, seed
    case layerRatios = "layer_ratios"
    case evidenceBatch = "evidence_batch"
    case maxStep = "max_step"
    case foldsMeans = "folds_means"
    case meanSamples = "mean_samples"
    case finalShare = "final_share"
  }

  /// The defaults.
  public init() {}

  /// The defaults with the most common changes.
  public init(target: PruningTarget, criterion: String = L1Norm.identifier, epochs: Int = 0, seed: UInt64 = 0) {
    self.target = target
    self.criterion = criterion
    self.epochs = epochs
    self.seed = seed
  }

  /// Reads a configuration; missing keys have the defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.criterion, into: &criterion)
    try values.read(.aggregation, into: &aggregation)
    normalization = try values.decodeIfPresent(ScoreNormalization.self, forKey: .normalization)
    try values.read(.selection, into: &selection)
    try values.read(.layerRatios, into: &layerRatios)
    try values.read(.evidenceBatch, into: &evidenceBatch)
    try values.read(.target, into: &target)
    try values.read(.maxStep, into: &maxStep)
    try values.read(.schedule, into: &schedule)
    steps = try values.decodeIfPresent(Int.self, forKey: .steps)
    try values.read(.limits, into: &limits)
    try values.read(.ignore, into: &ignore)
    try values.read(.ratios, into: &ratios)
    try values.read(.samples, into: &samples)
    try values.read(.remeasures, into: &remeasures)
    try values.read(.foldsMeans, into: &foldsMeans)
    try values.read(.plans, into: &plans)
    try values.read(.recalibrates, into: &recalibrates)
    try values.read(.meanSamples, into: &meanSamples)
    try values.read(.epochs, into: &epochs)
    try values.read(.finalShare, into: &finalShare)
    try values.read(.seed, into: &seed)
  }

  /// The configuration, once its numbers make sense.
  /// - Throws: `PareError.usage` naming the number that is out of range.
  public func validated() throws -> ChannelPruningConfiguration {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
      if !condition { throw PareError(.usage, message()) }
    }
    _ = try PruningCriteria.named(criterion)
    try target.validate()
    try limits.validate()
    for ratio in layerRatios { try ratio.validate() }
    try require(evidenceBatch >= 1, "batches of \(evidenceBatch) samples; they need at least 1")
    try require(maxStep > 0 && maxStep < 1, "steps of at most \(maxStep) of what remains; it must be above 0, below 1")
    if let steps { try require(steps >= 1, "\(steps) steps of pruning; at least 1 is needed") }
    try require(
      !ratios.isEmpty && ratios.allSatisfy { $0 > 0 && $0 < 1 },
      "sensitivity at the ratios \(ratios); there must be some, each above 0 and below 1")
    try require(samples >= 1, "sensitivity on \(samples) samples; it needs at least 1")
    try require(plans >= 1, "\(plans) plans to compare; at least 1 is needed")
    try require(meanSamples >= 1, "means of \(meanSamples) samples; they need at least 1")
    try require(
      target.resource != .latency || selection == .sensitivity && layerRatios.isEmpty,
      "a latency is met by measured sensitivity; leave the selection out, or count something else")
    try require(
      !schedule.isWithinTraining || epochs > 0 && steps == nil,
      "channels that become zero in one training (\(schedule.rawValue)) need epochs above 0 and no number of steps")
    try require(epochs >= 0, "\(epochs) epochs of fine-tuning; it must not be negative")
    try require((0...1).contains(finalShare), "a final share of \(finalShare) of the epochs; it must be 0 to 1")
    return self
  }
}
