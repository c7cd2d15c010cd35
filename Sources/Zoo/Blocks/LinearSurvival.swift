/// How often residual branches are dropped in training: the deeper, the more often.
///
/// Huang et al. 2016, "Deep networks with stochastic depth", equation 4: block l of L survives with probability
/// 1 - l/L (1 - p), where p is that of the last block. Blocks without a shortcut count too, though nothing can be dropped
/// there. (EfficientNet's code counts from 0, so that its rates lie one block behind these.)
struct LinearSurvival: Sendable, Equatable {
  /// Share of samples that lose the last block's branch: 1 - p.
  var lastDropped: Double
  /// All blocks.
  var blocks: Int

  /// Share of samples that lose a block's branch; blocks are counted from 1.
  func dropped(block: Int) -> Double { lastDropped * Double(block) / Double(blocks) }
}
