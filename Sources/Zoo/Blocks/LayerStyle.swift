import Graphs

/// What the layers of a network have in common.
struct LayerStyle: Sendable {
  /// How weights start: He's by outputs in most papers.
  var initializer: any WeightInitializer
  /// How the weights of convolutions in groups start: by the inputs of one output. Behind a depthwise convolution's
  /// input stands one output, so this is what He's rule by outputs means there; by all outputs, as PyTorch counts, the
  /// weights would be too small by the square root of the number of channels.
  var groupInitializer: any WeightInitializer
  /// What stands behind normalised layers.
  var activation = Activation.relu
  /// The normalisations' epsilon.
  var epsilon = 1e-5
  /// How much of the running statistics a training step keeps (PyTorch's momentum is 1 minus this).
  var momentum = 0.9
  /// How convolutions are padded.
  var padding = WindowPadding.symmetric

  /// The style of a network with He's initialisation by outputs.
  init(_ options: ArchitectureOptions, activation: Activation = .relu) {
    initializer = options.initializerByOutputs
    groupInitializer = options.initializer
    self.activation = activation
  }

  /// The same style with another activation.
  func with(_ activation: Activation) -> LayerStyle {
    var style = self
    style.activation = activation
    return style
  }
}
