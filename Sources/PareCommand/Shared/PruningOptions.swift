import ArgumentParser
import Pare

/// What is pruned, and how it is chosen.
struct PruningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What channels are judged by: "
        + PruningCriteria.all.map { "\($0.identifier) (\($0.summary))" }.joined(separator: "; ")
        + ". Single weights: \(PruningCriteria.forWeights.map { $0.identifier }.joined(separator: ", ")).",
      valueName: "name"))
  var criterion = L1Norm.identifier

  @Option(
    help: ArgumentHelp(
      "How the numbers of a channel that several layers share become one score: \(choices(ScoreAggregation.self)).",
      valueName: "name"))
  var aggregation = ScoreAggregation.sum

  @Option(
    help: ArgumentHelp(
      "What a layer's scores are divided by before layers are compared: \(choices(ScoreNormalization.self)). "
        + "(default: mean; none for slimming and taylor)", valueName: "name"))
  var normalization: ScoreNormalization?

  @Option(
    help: ArgumentHelp(
      "How many channels or weights each layer loses: "
        + ChannelSelection.allCases.map { "\($0.rawValue) (\($0.summary))" }.joined(separator: "; ")
        + ". (default: sensitivity; for weights uniform)", valueName: "name"))
  var selection: ChannelSelection?

  @Option(
    help: ArgumentHelp(
      "Plans of what goes that are compared as a whole before each step where channels go by sensitivity; 1: what each "
        + "layer alone can lose decides. (default: 32)", valueName: "n"))
  var plans: Int?

  @Option(
    help: ArgumentHelp(
      "Fraction of its channels that a layer loses, such as layer1.*=0.6; may be repeated. Others lose none. With "
        + "--granularity weight, kernel or block and no --sparsity: of its weights.",
      valueName: "layer=fraction"), transform: LayerRatio.init(argument:))
  var layerRatio: [LayerRatio] = []

  @Option(
    help: ArgumentHelp("A layer that is left alone, by name or pattern (*, ?); may be repeated.", valueName: "layer"))
  var ignore: [String] = []

  @Option(
    help: ArgumentHelp(
      "Keep channels in multiples of this. (default: 8, or less where 8 cannot reach the target)", valueName: "n"))
  var roundTo: Int?

  @Option(
    help: ArgumentHelp(
      "Fraction of its channels or weights that every layer keeps at least. (default: 0.8 of what an even cut would "
        + "leave of channels; 0.01 of weights)",
      valueName: "fraction"))
  var floor: Double?

  @Option(
    help: ArgumentHelp(
      "What is removed: channel, or depth (whole residual blocks); or set to zero: "
        + WeightGranularity.forms.map { "\($0.form) (\($0.summary))" }.joined(separator: ", ")
        + ". (default: channel; weight with --sparsity)", valueName: "name"),
    transform: PrunedThing.init(argument:))
  var granularity: PrunedThing?

  @Option(help: ArgumentHelp("Share of the weights that are set to zero, such as 0.9.", valueName: "share"))
  var sparsity: Double?

  @Option(
    help: ArgumentHelp(
      "When weights become zero and channels go: "
        + SparsitySchedule.allCases.map { "\($0.rawValue) (\($0.summary))" }.joined(separator: "; ")
        + ". Channels go in the same ways, iterative in --rounds steps; with agp and soft they are zero while the whole "
        + "network is trained, and removed behind it. (default: one-shot; for channels steps of at most a fifth)",
      valueName: "name"))
  var schedule: SparsitySchedule?

  @Option(help: ArgumentHelp("Rounds of the iterative schedule, and of --lottery. (default: 3)", valueName: "n"))
  var rounds: Int?

  @Option(
    help: ArgumentHelp(
      "Have weights that stay start again, in each round, from those of this network: the one that was trained into "
        + "MODEL (lottery tickets; Frankle and Carbin 2019).", valueName: "model"))
  var rewind: ModelArgument?

  @Option(
    help: ArgumentHelp(
      "Train all weights again for so many epochs behind the training with zeros, at a tenth of the rate: pruning as "
        + "regularisation (Han et al. 2017, DSD).", valueName: "epochs"))
  var densify: Int?

  @Flag(
    help: "The control: what is left of the network gets fresh weights and is trained for the same epochs.")
  var scratch = false

  @Flag(help: "With --scratch: as many more epochs as they are cheaper, which makes the same compute.")
  var sameCompute = false

  @Flag(help: "Leave a network that came with batch normalisation folded as it is while it is fine-tuned.")
  var keepFolded = false

  @Flag(
    help: ArgumentHelp(
      "Leave the running statistics of batch normalisations as they are when channels are removed, instead of measuring "
        + "those of the smaller network."))
  var keepStatistics = false

  /// Whether something is to be removed without a target.
  var asksByItself: Bool { sparsity != nil || granularity?.weights != nil || !layerRatio.isEmpty }

  func validate() throws {
    if let roundTo, roundTo < 1 { throw ValidationError("--round-to \(roundTo): give a number from 1 on") }
    if let floor, !(0...1).contains(floor) { throw ValidationError("--floor \(floor): give a fraction from 0 to 1") }
    guard PruningCriteria.all.contains(where: { $0.identifier == criterion }) else {
      let known = PruningCriteria.all.map { $0.identifier }.joined(separator: ", ")
      throw ValidationError("--criterion \(criterion): there are \(known)")
    }
    if let plans, plans < 1 { throw ValidationError("--plans \(plans): at least 1") }
    if let rounds, rounds < 1 { throw ValidationError("--rounds \(rounds): at least 1") }
    guard granularity != .depth || layerRatio.isEmpty else {
      throw ValidationError("--layer-ratio says how many channels layers lose; leave --granularity depth out")
    }
    guard
      granularity != .depth
        || criterion == L1Norm.identifier && selection == nil && floor == nil && roundTo == nil && schedule == nil
          && rounds == nil && plans == nil && !keepStatistics
    else {
      throw ValidationError(
        "blocks go one after the other, by the loss without them; leave --criterion, --selection, --floor, --round-to, "
          + "--schedule, --rounds, --plans and --keep-statistics out")
    }
    let isOfChannels = sparsity == nil && granularity?.weights == nil
    if isOfChannels, let schedule, schedule.isWithinTraining, scratch || rounds != nil {
      throw ValidationError("--schedule \(schedule.rawValue) is one training; leave --scratch and --rounds out")
    }
    guard plans == nil || layerRatio.isEmpty && !(isOfChannels && selection ?? .sensitivity != .sensitivity) else {
      throw ValidationError("--plans are compared where channels go by --selection sensitivity; leave it out")
    }
    guard !sameCompute || scratch else {
      throw ValidationError("--same-compute says how long --scratch trains; give that too")
    }
    guard rewind == nil || sparsity != nil || granularity?.weights != nil else {
      throw ValidationError("--rewind is for weights that are set to zero; give --sparsity")
    }
    if let densify {
      guard sparsity != nil || granularity?.weights != nil else {
        throw ValidationError("--densify trains weights that were zero; give --sparsity")
      }
      guard (1...100_000).contains(densify) else { throw ValidationError("--densify \(densify): at least 1 epoch") }
    }
    guard !scratch || (sparsity == nil && granularity?.weights == nil) else {
      throw ValidationError(
        "--scratch is the control for channels and blocks; that for single weights is --lottery with --survivors redraw"
      )
    }
    do {
      _ = try weights()?.validated()
    } catch let error as PareError {
      throw ValidationError(error.message)
    }
  }

  /// Writes the options into the wishes.
  func apply(to wishes: inout CompressionWishes) throws {
    (wishes.criterion, wishes.aggregation, wishes.normalization) = (criterion, aggregation, normalization)
    (wishes.selection, wishes.layerRatios, wishes.ignore) = (selection ?? .sensitivity, layerRatio, ignore)
    (wishes.roundTo, wishes.floor) = (roundTo, floor)
    (wishes.reinsertsBatchNorm, wishes.removesBlocks) = (!keepFolded, granularity == .depth)
    (wishes.recalibrates, wishes.plans) = (!keepStatistics, plans)
    wishes.weights = try weights()
    if wishes.weights == nil {
      wishes.removalSteps = schedule == .oneShot ? 1 : schedule == .iterative ? rounds ?? 3 : rounds
      if let schedule, schedule.isWithinTraining { wishes.channelSchedule = schedule }
    }
    wishes.rewind = rewind?.text
    (wishes.densify, wishes.startsFromScratch, wishes.matchesCompute) = (densify, scratch, sameCompute)
    // Criterion, selection and floor are meant for the weights where there are any; channels, if a target asks for
    // them, are then chosen in the usual way.
    if let weights = wishes.weights {
      (wishes.criterion, wishes.selection, wishes.floor) = (L1Norm.identifier, .sensitivity, nil)
      if !weights.layerRatios.isEmpty { wishes.layerRatios = [] }
    }
  }

  /// What is set to zero; nil where channels alone are pruned.
  private func weights() throws -> WeightPruningConfiguration? {
    guard sparsity != nil || granularity?.weights != nil else { return nil }
    if let granularity, granularity.weights == nil {
      throw PareError(
        .usage, "--sparsity sets weights to zero; channels and blocks are removed by --target or --layer-ratio")
    }
    var configuration = WeightPruningConfiguration(granularity: granularity?.weights ?? .weight, sparsity: sparsity)
    configuration.criterion = criterion
    (configuration.schedule, configuration.rounds) = (schedule ?? .oneShot, rounds ?? 3)
    switch selection {
    case nil: break
    case .uniform: configuration.selection = .uniform
    case .global: configuration.selection = .global
    case .sensitivity: configuration.selection = .sensitivity
    }
    if sparsity == nil, configuration.granularity.fixedSparsity == nil { configuration.layerRatios = layerRatio }
    configuration.ignore = ignore
    if let floor { configuration.floor = floor }
    return configuration
  }

  private static func choices<Choice: CaseIterable & RawRepresentable>(_ type: Choice.Type) -> String
  where Choice.RawValue == String {
    type.allCases.map(\.rawValue).joined(separator: ", ")
  }
}

/// What `--granularity` names.
enum PrunedThing: Equatable {
  case channel
  case depth
  case weights(WeightGranularity)

  /// Reads `channel`, `depth` or a granularity of weights.
  init(argument: String) throws {
    switch argument {
    case "channel": self = .channel
    case "depth": self = .depth
    default:
      do {
        self = .weights(try WeightGranularity(parsing: argument))
      } catch let error as PareError {
        throw ValidationError("\(error.message); or channel or depth")
      }
    }
  }

  var weights: WeightGranularity? {
    if case .weights(let granularity) = self { granularity } else { nil }
  }
}

extension LayerRatio {
  /// Reads an option's text, so that a fault says what is wrong.
  fileprivate init(argument: String) throws {
    do {
      try self.init(parsing: argument)
    } catch let error as PareError {
      throw ValidationError(error.message)
    }
  }
}

extension ScoreAggregation: ExpressibleByArgument {}
extension ScoreNormalization: ExpressibleByArgument {}
extension ChannelSelection: ExpressibleByArgument {}
extension SparsitySchedule: ExpressibleByArgument {}
