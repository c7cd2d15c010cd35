import Tensors

/// The numbers of a search for lottery tickets: the same struct is a recipe's text and the library's argument.
///
/// Keys that a recipe leaves out have the defaults.
public struct LotteryConfiguration: Codable, Sendable, Equatable {
  /// Which weights stay.
  public var criterion = MaskCriterion.largeFinal
  /// What those that stay start from.
  public var survivors = SurvivorAction.rewind
  /// What becomes of the others.
  public var pruned = PrunedAction.zero
  /// The share of the weights of the layers that are pruned that the last ticket leaves out, 0 to below 1.
  public var sparsity = 0.9
  /// Rounds of training and pruning; what is left shrinks by the same factor each round.
  public var rounds = 3
  /// The update of the first training that weights are rewound to; 0: the network as it came.
  public var rewindUpdates = 0
  /// Which layers give how many.
  public var selection = WeightSelection.uniform
  /// The share of each layer's weights that stays at least, 0 to 1.
  public var floor = 0.0
  /// Layers whose weights all stay: names of weights or nodes, `*` for any characters and `?` for one.
  public var ignore: [String] = []
  /// Epochs of each round's training; 0: nothing is trained, the masks are judged as they are.
  public var epochs = 0
  /// The seed of what is drawn.
  public var seed: UInt64 = 0

  enum CodingKeys: String, CodingKey, CaseIterable {
    case criterion, survivors, pruned, sparsity, rounds, selection, floor, ignore, epochs, seed
    case rewindUpdates = "rewind_updates"
  }

  /// The defaults, by a criterion to a sparsity.
  public init(
    _ criterion: MaskCriterion = .largeFinal, sparsity: Double = 0.9, rounds: Int = 3, epochs: Int = 0, seed: UInt64 = 0
  ) {
    self.criterion = criterion
    self.sparsity = sparsity
    self.rounds = rounds
    self.epochs = epochs
    self.seed = seed
  }

  /// Reads a configuration; missing keys have the defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try values.read(.criterion, into: &criterion)
    try values.read(.survivors, into: &survivors)
    try values.read(.pruned, into: &pruned)
    try values.read(.sparsity, into: &sparsity)
    try values.read(.rounds, into: &rounds)
    try values.read(.rewindUpdates, into: &rewindUpdates)
    try values.read(.selection, into: &selection)
    try values.read(.floor, into: &floor)
    try values.read(.ignore, into: &ignore)
    try values.read(.epochs, into: &epochs)
    try values.read(.seed, into: &seed)
  }

  /// The configuration, once its numbers make sense.
  /// - Throws: `PareError.usage` naming what is out of range or does not go together.
  public func validated() throws -> LotteryConfiguration {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
      if !condition { throw PareError(.usage, message()) }
    }
    try require(rewindUpdates >= 0, "rewinding to update \(rewindUpdates); it must not be negative")
    try require(
      rewindUpdates == 0 || epochs > 0, "rewinding to update \(rewindUpdates) needs a training; give epochs above 0")
    try require(selection != .sensitivity, "tickets leave out weights uniformly or globally, not by sensitivity")
    _ = try weights.validated()
    return self
  }

  /// The same as a pruning of weights, which shares the rules.
  var weights: WeightPruningConfiguration {
    var weights = WeightPruningConfiguration(sparsity: sparsity, epochs: epochs, seed: seed)
    (weights.selection, weights.floor, weights.ignore, weights.rounds) = (selection, floor, ignore, rounds)
    return weights
  }
}
