import Graphs

/// SqueezeNet's module: a narrow layer of 1x1 filters feeds 1x1 and 3x3 filters side by side.
///
/// Iandola et al. 2016, "SqueezeNet", figure 1: `squeezed` filters, then `pointwise` + `spatial` of them.
struct FireModule: Sendable {
  /// Filters of the narrow layer.
  var squeezed: Int
  /// 1x1 filters of the wide layer.
  var pointwise: Int
  /// 3x3 filters of the wide layer.
  var spatial: Int
}

extension GraphBuilder {
  ///             ┌── 1x1 ── relu ──┐
  /// 1x1 ── relu ┤                 concat
  ///             └── 3x3 ── relu ──┘
  func fire(_ x: Value, _ module: FireModule, initializer: any WeightInitializer) throws -> Value {
    func layer(_ x: Value, _ outputs: Int, kernel: Int, _ name: String) throws -> Value {
      try relu(
        convolution(x, outputs: outputs, kernel: kernel, bias: true, initializer: initializer, name: name))
    }
    let squeezed = try layer(x, module.squeezed, kernel: 1, "squeeze")
    return try concatenation([
      layer(squeezed, module.pointwise, kernel: 1, "expand1x1"),
      layer(squeezed, module.spatial, kernel: 3, "expand3x3"),
    ])
  }
}
