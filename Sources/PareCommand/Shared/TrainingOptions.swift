import ArgumentParser
import Pare

/// The numbers of a training or fine-tuning; those that are left out have the recipe's values, or the defaults.
struct TrainingOptions: ParsableArguments {
  private static let defaults = TrainingConfiguration()

  @Option(help: help("Passes over the training data.", defaults.epochs, "n"))
  var epochs: Int?

  @Option(help: help("Peak learning rate.", defaults.rate, "rate"))
  var rate: Double?

  @Option(
    help: help(
      "How the rate changes: \(list(Schedules.all.map { ($0.identifier, $0.summary) })).",
      type(of: defaults.schedule.schedule).identifier, "name"))
  var schedule: String?

  @Option(
    help: help(
      "Epochs, or parts of one, in which the rate rises before the schedule begins.", defaults.warmupEpochs, "n"))
  var warmup: Double?

  @Option(
    help: help(
      "How gradients become steps: \(list(Optimizer.names.map { ($0.name, $0.summary) })).", defaults.optimizer.name,
      "name"))
  var optimizer: String?

  @Option(help: help("Momentum of sgd (with Nesterov's step).", 0.9, "m"))
  var momentum: Double?

  @Option(help: help("How much weights shrink: L2, or decoupled for adamw.", defaults.weightDecay, "w"))
  var weightDecay: Double?

  @Option(help: help("Share of the target that is spread over all classes, 0 to 1.", defaults.labelSmoothing, "s"))
  var labelSmoothing: Double?

  @Option(
    help: help(
      "How images are varied: \(list(AugmentationPolicies.all.map { ($0.identifier, $0.summary) })).",
      defaults.augmentation, "name"))
  var augmentation: String?

  @Option(help: help("Batches whose gradients are averaged into one update.", defaults.accumulation, "n"))
  var accumulation: Int?

  @Option(
    help: help(
      "Weight of the sum of all sizes of batch normalisation's scales in the loss, such as 1e-4: what pruning by "
        + "--criterion slimming wants.", TrainingRecipe().scalePenalty, "w"))
  var scalePenalty: Double?

  @Option(help: help(PrecisionOption.meaning, defaults.precision.rawValue, "name"))
  var precision: ProgramOptions.Precision?

  @Option(
    help: ArgumentHelp(
      "Leave out, in each update, so large a share of each layer's smallest weights, each with the probability behind the "
        + "colon (targeted dropout, Gomez et al. 2019): what pruning takes is then missed less.",
      valueName: "share:rate"), transform: TargetedDropout.init(argument:))
  var targetedDropout: TargetedDropout?

  @Option(
    help: ArgumentHelp(
      "Largest Euclidean norm of all gradients together. (default: no limit)",
      valueName: "norm"))
  var clipNorm: Double?

  @Option(
    help: help(
      "Share of the training data that is held out to judge each epoch; 0 for none.", TrainingRecipe().heldOut, "share"
    ))
  var heldOut: Double?

  func validate() throws {
    // Epochs that a recipe may give are not known yet.
    var recipe = TrainingRecipe()
    recipe.training.epochs = max(recipe.training.epochs, Int((warmup ?? 0).rounded(.up)))
    do {
      try apply(to: &recipe)
      _ = try recipe.validated()
    } catch let error as PareError {
      throw ValidationError(error.message)
    }
  }

  /// Puts what was given in the place of what a recipe has.
  /// - Throws: `PareError.usage` for a name that there is not.
  func apply(to recipe: inout TrainingRecipe) throws {
    recipe.heldOut = heldOut ?? recipe.heldOut
    recipe.scalePenalty = scalePenalty ?? recipe.scalePenalty
    var result = recipe.training
    result.epochs = epochs ?? result.epochs
    result.rate = rate ?? result.rate
    if let schedule { result.schedule = try NamedSchedule(named: schedule) }
    result.warmupEpochs = warmup ?? result.warmupEpochs
    if optimizer != nil || momentum != nil {
      let momentum = momentum ?? 0.9
      result.optimizer = try Optimizer(
        named: optimizer ?? result.optimizer.name, momentum: momentum, nesterov: momentum > 0)
    }
    result.weightDecay = weightDecay ?? result.weightDecay
    result.labelSmoothing = labelSmoothing ?? result.labelSmoothing
    result.augmentation = augmentation ?? result.augmentation
    result.accumulation = accumulation ?? result.accumulation
    result.clipNorm = clipNorm ?? result.clipNorm
    result.targetedDropout = targetedDropout ?? result.targetedDropout
    result.precision = precision ?? result.precision
    recipe.training = result
  }

  private static func help(_ text: String, _ value: some CustomStringConvertible, _ name: String) -> ArgumentHelp {
    ArgumentHelp("\(text) (default: \(value))", valueName: name)
  }

  private static func list(_ entries: [(String, String)]) -> String {
    entries.map { "\($0) (\($1))" }.joined(separator: "; ")
  }
}

extension TargetedDropout {
  /// Reads `0.5:0.5`.
  fileprivate init(argument: String) throws {
    let numbers = argument.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 2, let share = numbers[0], let rate = numbers[1] else {
      throw ValidationError("write the share of the weights and the rate, such as 0.5:0.5")
    }
    self.init(share: share, rate: rate)
  }
}
