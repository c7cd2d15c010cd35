import Graphs
import Tensors

/// Random scores, uniform in [0, 1): a control. A criterion that does not beat it is not worth its time.
///
/// The numbers depend on the seed and the group's name alone.
public struct RandomScores: PruningCriterion {
  /// `random`.
  public static let identifier = "random"
  /// For the help.
  public static let summary = "channels in random order: a control that every criterion has to beat"

  /// Makes the criterion.
  public init() {}

  /// One draw a channel.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    // FNV-1a of the name: `hashValue` differs from run to run.
    let key = group.name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    var random = RandomSource(seed: context.seed, key)
    return group.channels.map { _ in random.uniform() }
  }
}
