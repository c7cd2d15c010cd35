import ArgumentParser
import Pare

/// The numbers of a training or fine-tuning.
struct TrainingOptions: ParsableArguments {
  private static let defaults = TrainingConfiguration()

  @Option(help: ArgumentHelp("Passes over the training data.", valueName: "n"))
  var epochs = defaults.epochs

  @Option(help: ArgumentHelp("Peak learning rate.", valueName: "rate"))
  var rate = defaults.rate

  @Option(
    help: ArgumentHelp(
      "How the rate changes: \(list(Schedules.all.map { ($0.identifier, $0.summary) })).",
      valueName: "name"))
  var schedule = type(of: defaults.schedule.schedule).identifier

  @Option(
    help: ArgumentHelp(
      "Epochs, or parts of one, in which the rate rises before the schedule begins.",
      valueName: "n"))
  var warmup = defaults.warmupEpochs

  @Option(
    help: ArgumentHelp(
      "How gradients become steps: \(list(Optimizer.names.map { ($0.name, $0.summary) })).",
      valueName: "name"))
  var optimizer = "sgd"

  @Option(help: ArgumentHelp("Momentum of sgd (with Nesterov's step).", valueName: "m"))
  var momentum = 0.9

  @Option(help: ArgumentHelp("How much weights shrink: L2, or decoupled for adamw.", valueName: "w"))
  var weightDecay = defaults.weightDecay

  @Option(help: ArgumentHelp("Share of the target that is spread over all classes, 0 to 1.", valueName: "s"))
  var labelSmoothing = defaults.labelSmoothing

  @Option(
    help: ArgumentHelp(
      "How images are varied: \(list(AugmentationPolicies.all.map { ($0.identifier, $0.summary) })).", valueName: "name"
    ))
  var augmentation = defaults.augmentation

  @Option(help: ArgumentHelp("Batches whose gradients are averaged into one update.", valueName: "n"))
  var accumulation = defaults.accumulation

  @Option(
    help: ArgumentHelp(
      "Weight of the sum of all sizes of batch normalisation's scales in the loss, such as 1e-4: what pruning by "
        + "--criterion slimming wants.", valueName: "w"))
  var scalePenalty = 0.0

  @OptionGroup var numbers: PrecisionOption

  @Option(
    help: ArgumentHelp(
      "Largest Euclidean norm of all gradients together. (default: no limit)",
      valueName: "norm"))
  var clipNorm: Double?

  @Option(
    help: ArgumentHelp(
      "Share of the training data that is held out to judge each epoch; 0 for none.",
      valueName: "share"))
  var heldOut = 0.1

  func validate() throws {
    guard (0..<1).contains(heldOut) else {
      throw ValidationError("--held-out \(heldOut): give a share from 0 to below 1")
    }
    guard scalePenalty >= 0, scalePenalty.isFinite else {
      throw ValidationError("--scale-penalty \(scalePenalty): it must not be negative")
    }
    do {
      _ = try configuration(batch: 1, seed: 0)
    } catch let error as PareError {
      throw ValidationError(error.message)
    }
  }

  /// The configuration that the options describe.
  /// - Throws: `PareError.usage` naming the option that is out of range.
  func configuration(batch: Int, seed: UInt64) throws -> TrainingConfiguration {
    var result = TrainingConfiguration(epochs: epochs, batchSize: batch, rate: rate, seed: seed)
    result.schedule = try NamedSchedule(named: schedule)
    result.warmupEpochs = warmup
    result.optimizer = try Optimizer(named: optimizer, momentum: momentum, nesterov: momentum > 0)
    result.weightDecay = weightDecay
    result.labelSmoothing = labelSmoothing
    result.augmentation = augmentation
    result.accumulation = accumulation
    result.clipNorm = clipNorm
    result.precision = numbers.precision
    return try result.validated()
  }

  /// The loss, where it is more than cross-entropy.
  var objective: (any Objective)? {
    guard scalePenalty > 0 else { return nil }
    return ScalePenalty.added(to: CrossEntropy(labelSmoothing: labelSmoothing), weight: scalePenalty)
  }

  /// What is learned from, and what judges each epoch.
  func splits(of dataset: Dataset, seed: UInt64) throws -> (training: Split, heldOut: Split?) {
    guard heldOut > 0 else { return (try dataset.split(.train), nil) }
    let parts = try dataset.trainingSplits(seed: seed, heldOut: heldOut)
    return (parts.training, parts.heldOut)
  }

  private static func list(_ entries: [(String, String)]) -> String {
    entries.map { "\($0) (\($1))" }.joined(separator: "; ")
  }
}
