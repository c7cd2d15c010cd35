import Datasets
import Engine
import Tensors

/// The numbers of a training: the same struct is a recipe's text and the library's argument.
///
/// Keys that a recipe leaves out have the defaults.
public struct TrainingConfiguration: Codable, Sendable, Equatable {
  /// Passes over the training split.
  public var epochs = 10
  /// Samples in a step.
  public var batchSize = 128
  /// The peak learning rate.
  public var rate = 0.05
  /// How the rate changes.
  public var schedule = NamedSchedule(OneCycle())
  /// Epochs, or parts of one, in which the rate rises linearly before the schedule begins.
  public var warmupEpochs = 0.0
  /// How gradients become steps.
  public var optimizer = Optimizer.sgd(momentum: 0.9, nesterov: true)
  /// How much weights shrink; on which parameters, `groups` says.
  public var weightDecay = 5e-4
  /// Exceptions from decay and rate.
  public var groups = ParameterGroups()
  /// The share of the target spread over all classes, 0 to 1.
  public var labelSmoothing = 0.0
  /// How images are varied: a name of `AugmentationPolicies`.
  public var augmentation = NoAugmentation.identifier
  /// Batches whose gradients are averaged into one update.
  public var accumulation = 1
  /// The largest Euclidean norm of all gradients together; nil: no limit.
  public var clipNorm: Double?
  /// Dropout of the weights that pruning would take; nil: none.
  public var targetedDropout: TargetedDropout?
  /// The seed of order, augmentation and dropout.
  public var seed: UInt64 = 0
  /// Epochs from one evaluation to the next; the last epoch is always evaluated.
  public var evaluateEvery = 1
  /// The number format of activations and products in training; parameters, moments and what is written are float32.
  public var precision = ProgramOptions.Precision.float32

  enum CodingKeys: String, CodingKey, CaseIterable {
    case epochs, rate, schedule, optimizer, groups, augmentation, accumulation, seed, precision
    case batchSize = "batch_size"
    case warmupEpochs = "warmup_epochs"
    case weightDecay = "weight_decay"
    case labelSmoothing = "label_smoothing"
    case clipNorm = "clip_norm"
    case targetedDropout = "targeted_dropout"
    case evaluateEvery = "evaluate_every"
  }

  /// The defaults.
  public init() {}

  /// The defaults with the most common changes.
  public init(epochs: Int, batchSize: Int = 128, rate: Double = 0.05, seed: UInt64 = 0) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.rate = rate
    self.seed = seed
  }

  /// Reads a configuration; missing keys have the defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.epochs, into: &epochs)
    try values.read(.batchSize, into: &batchSize)
    try values.read(.rate, into: &rate)
    try values.read(.schedule, into: &schedule)
    try values.read(.warmupEpochs, into: &warmupEpochs)
    try values.read(.optimizer, into: &optimizer)
    try values.read(.weightDecay, into: &weightDecay)
    try values.read(.groups, into: &groups)
    try values.read(.labelSmoothing, into: &labelSmoothing)
    try values.read(.augmentation, into: &augmentation)
    try values.read(.accumulation, into: &accumulation)
    clipNorm = try values.decodeIfPresent(Double.self, forKey: .clipNorm)
    targetedDropout = try values.decodeIfPresent(TargetedDropout.self, forKey: .targetedDropout)
    try values.read(.seed, into: &seed)
    try values.read(.evaluateEvery, into: &evaluateEvery)
    try values.read(.precision, into: &precision)
  }

  /// What is to be said where this machine does not compute in the precision asked for, but in float32; otherwise nil.
  public var precisionNote: String? {
    guard precision == .bfloat16, !Engine.multipliesBFloat16 else { return nil }
    return "this processor has no bfloat16 instructions (AVX-512 BF16); training in float32"
  }

  /// The configuration, once its numbers make sense.
  /// - Throws: `PareError.usage` naming the number that is out of range.
  public func validated() throws -> TrainingConfiguration {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
      if !condition { throw PareError(.usage, message()) }
    }
    try require(epochs >= 1, "\(epochs) epochs; a training needs at least 1")
    try require(batchSize >= 1, "a batch of \(batchSize); it needs at least 1 sample")
    try require(rate > 0 && rate.isFinite, "a learning rate of \(rate); it must be above 0")
    try require((0...Double(epochs)).contains(warmupEpochs), "a warm-up of \(warmupEpochs) epochs out of \(epochs)")
    try require(weightDecay >= 0 && weightDecay.isFinite, "a weight decay of \(weightDecay); it must not be negative")
    try require((0..<1).contains(labelSmoothing), "a label smoothing of \(labelSmoothing); it must be in 0 ..< 1")
    try require(accumulation >= 1, "accumulation over \(accumulation) batches; it needs at least 1")
    try require(clipNorm.map { $0 > 0 } ?? true, "a gradient norm of at most \(clipNorm ?? 0); it must be above 0")
    try require(evaluateEvery >= 1, "evaluation every \(evaluateEvery) epochs; it needs at least 1")
    try targetedDropout?.validate()
    try schedule.schedule.validate()
    try optimizer.validate()
    _ = try AugmentationPolicies.named(augmentation)
    return self
  }
}
