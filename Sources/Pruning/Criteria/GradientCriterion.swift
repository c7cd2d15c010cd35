/// A criterion that looks at the gradient of the loss by gates: imagined factors of 1 on channels.
///
/// The gate of an output channel of a convolution or dense layer stands behind its bias, or behind the batch
/// normalisation that alone reads the layer. Its gradient, for one batch, is exactly γ ∂L/∂γ + β ∂L/∂β behind a batch
/// normalisation and otherwise sum over the filter's weights of w ∂L/∂w + b ∂L/∂b. The mean of `contribution` over the
/// batches is found in `PruningContext.evidence`, under the output axis of the layer's weights.
public protocol GradientCriterion: PruningCriterion {
  /// What a batch adds to the evidence, for a gate's gradient in it. Squares and absolute values are taken here, batch by
  /// batch: the mean gradient itself vanishes at a minimum.
  func contribution(of gradient: Double) -> Double
}
