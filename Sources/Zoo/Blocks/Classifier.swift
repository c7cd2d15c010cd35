import Graphs

extension GraphBuilder {
  /// pool ── flatten ── dropout ── dense: scores from the means of all channels, as the output `logits`.
  func classifier(
    _ x: Value, classes: Int, dropout ratio: Double = 0, bias: Bool = true, initializer: any WeightInitializer,
    name: String
  ) throws {
    let pooled = try withDropout(flattened(globalAveragePool(x)), ratio: ratio)
    try output(dense(pooled, outputs: classes, bias: bias, initializer: initializer, name: name), as: "logits")
  }

  /// A residual branch behind stochastic depth; without it where the ratio is 0.
  func withStochasticDepth(_ x: Value, ratio: Double) throws -> Value {
    try ratio > 0 ? stochasticDepth(x, ratio: Float(ratio)) : x
  }

  /// The value behind a dropout; without one where the ratio is 0.
  func withDropout(_ x: Value, ratio: Double) throws -> Value {
    try ratio > 0 ? dropout(x, ratio: Float(ratio)) : x
  }
}
