import Graphs
import Tensors

/// How important channels are: the lowest score goes first.
///
/// A new criterion is a file in this folder and a line in `PruningCriteria`. One that has to see data adopts
/// `ActivationCriterion` (what channels carry) or `GradientCriterion` (what the loss says of them); what these ask for is
/// measured before `scores` is called, and found in the context.
public protocol PruningCriterion: Sendable {
  /// The name in recipes and on the command line.
  static var identifier: String { get }
  /// One line for the help.
  static var summary: String { get }
  /// What makes the scores of different groups comparable, where nobody says.
  static var normalization: ScoreNormalization { get }

  /// Makes the criterion with its usual numbers.
  init()

  /// A score for each channel of a group, in the group's order; higher is more important. The order within the group
  /// counts, and with `ChannelSelection.global` the scores themselves.
  /// - Throws: `PareError.badInput` where the weights are not finite numbers, `PareError.usage` where the network has
  ///   nothing of what the criterion looks at.
  func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double]
}

extension PruningCriterion {
  /// Scores are divided by their group's mean.
  public static var normalization: ScoreNormalization { .mean }
}
