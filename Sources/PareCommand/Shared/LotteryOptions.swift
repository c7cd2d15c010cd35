import ArgumentParser
import Pare

/// A search for lottery tickets.
struct LotteryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look for a lottery ticket of --sparsity in --rounds of training, pruning and rewinding; what decides which weights "
        + "stay: " + MaskCriterion.allCases.map { "\($0.rawValue) (\($0.summary))" }.joined(separator: ", ")
        + ". MODEL is the network before training, or with --rewind behind it.", valueName: "criterion"))
  var lottery: MaskCriterion?

  @Option(
    help: ArgumentHelp(
      "What a ticket's weights start from: "
        + SurvivorAction.allCases.map { "\($0.rawValue) (\($0.summary))" }.joined(separator: ", ")
        + ". (default: rewind)", valueName: "name"))
  var survivors: SurvivorAction?

  @Option(
    help: ArgumentHelp(
      "What becomes of the other weights: "
        + PrunedAction.allCases.map { "\($0.rawValue) (\($0.summary))" }.joined(separator: ", ") + ". (default: zero)",
      valueName: "name"))
  var pruned: PrunedAction?

  @Option(
    help: ArgumentHelp(
      "The update of the first training that tickets are rewound to. (default: 0, the start)", valueName: "n"))
  var rewindTo: Int?

  func validate() throws {
    guard lottery != nil || (survivors == nil && pruned == nil && rewindTo == nil) else {
      throw ValidationError("--survivors, --pruned and --rewind-to are for tickets; give --lottery")
    }
  }

  /// The search, with the options that it shares with pruning; nil where none is asked for.
  /// - Throws: `ValidationError` for options that are not of a search, `PareError.usage` for numbers out of range.
  func configuration(with pruning: PruningOptions) throws -> LotteryConfiguration? {
    guard let lottery else { return nil }
    guard let sparsity = pruning.sparsity else {
      throw ValidationError("how many weights may a ticket leave out? give --sparsity 0.9")
    }
    guard pruning.granularity == nil || pruning.granularity == .weights(.weight), pruning.layerRatio.isEmpty,
      pruning.schedule == nil, pruning.criterion == L1Norm.identifier
    else {
      throw ValidationError(
        "--lottery chooses single weights by its own criterion and schedule; leave --criterion, --granularity, --schedule "
          + "and --layer-ratio out")
    }
    guard pruning.densify == nil, pruning.roundTo == nil, pruning.aggregation == .sum, pruning.normalization == nil,
      !pruning.keepFolded, !pruning.keepStatistics, pruning.plans == nil
    else {
      throw ValidationError(
        "a ticket keeps its shape and its zeros; leave --densify, --round-to, --aggregation, --normalization, "
          + "--plans, --keep-folded and --keep-statistics out")
    }
    var configuration = LotteryConfiguration(lottery, sparsity: sparsity, rounds: pruning.rounds ?? 3)
    configuration.survivors = survivors ?? .rewind
    configuration.pruned = pruned ?? .zero
    configuration.rewindUpdates = rewindTo ?? 0
    switch pruning.selection {
    case nil: break
    case .uniform: configuration.selection = .uniform
    case .global: configuration.selection = .global
    case .sensitivity: throw ValidationError("--selection sensitivity is not for tickets; they have uniform and global")
    }
    configuration.ignore = pruning.ignore
    configuration.floor = pruning.floor ?? configuration.floor
    return configuration
  }
}

extension MaskCriterion: ExpressibleByArgument {}
extension SurvivorAction: ExpressibleByArgument {}
extension PrunedAction: ExpressibleByArgument {}
