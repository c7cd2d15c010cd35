import Graphs
import Tensors

/// Random scores, uniform in [0, 1): a control. A criterion that does not beat it is not worth its time.
///
/// The numbers depend on the seed and the name of the group or the weights alone.
public struct RandomScores: WeightCriterion {
  /// `random`.
  public static let identifier = "random"
  /// For the help.
  public static let summary = "channels in random order: a control that every criterion has to beat"

  /// Makes the criterion.
  public init() {}

  /// One draw a channel.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    var random = Self.source(seed: context.seed, name: group.name)
    return group.channels.map { _ in random.uniform() }
  }

  /// One draw a weight.
  public func weightScores(of weights: [Float], named name: String, given context: WeightContext) -> [Double] {
    var random = Self.source(seed: context.seed, name: name)
    return weights.map { _ in random.uniform() }
  }

  /// A stream for a name.
  static func source(seed: UInt64, name: String) -> RandomSource {
    // FNV-1a of the name: `hashValue` differs from run to run.
    let key = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return RandomSource(seed: seed, key)
  }
}
