import Graphs

/// A gate for every channel, worked out from the means of all.
///
/// Hu, Shen, Sun 2018, "Squeeze-and-excitation networks", figure 1: y = x * gate(W2 * act(W1 * mean(x))), W1 and W2 with
/// bias.
struct SqueezeExcitation: Sendable {
  /// What maps to a factor between 0 and 1.
  enum Gate: Sendable {
    /// The logistic function.
    case sigmoid
    /// relu6(x + 3) / 6.
    case hardSigmoid
  }

  /// Channels in between.
  var squeezed: Int
  /// What stands behind the first layer.
  var activation = Activation.relu
  /// What stands behind the second layer.
  var gate = Gate.hardSigmoid
}

extension GraphBuilder {
  /// x ──┬── pool ── W1 ── activation ── W2 ── gate ── *
  ///     └─────────────────────────────────────────────┘
  func excited(
    _ x: Value, _ excitation: SqueezeExcitation, _ style: LayerStyle,
    names: (squeeze: String, excite: String) = ("fc1", "fc2")
  ) throws -> Value {
    let channels = try extent(of: x, axis: 1)
    var y = try convolution(
      globalAveragePool(x), outputs: excitation.squeezed, kernel: 1, bias: true, initializer: style.initializer,
      name: names.squeeze)
    y = try convolution(
      activated(y, by: excitation.activation), outputs: channels, kernel: 1, bias: true,
      initializer: style.initializer, name: names.excite)
    switch excitation.gate {
    case .sigmoid: y = try sigmoid(y)
    case .hardSigmoid: y = try hardSigmoid(y)
    }
    return try product(x, y)
  }
}
