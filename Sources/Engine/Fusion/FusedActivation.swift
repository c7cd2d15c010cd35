import CKernels
import COneDNN
import Graphs
import Tensors

/// An activation that a convolution applies before it stores its result.
package enum FusedActivation: Hashable, Sendable {
  case none
  case relu
  case clip(Double, Double)
  case sigmoid
  case hardSwish
  case hardSigmoid(Double, Double)
  case swish(Double)

  /// The activation that an operator is; nil where it is another.
  init?(_ op: any Operator) {
    switch op {
    case is Relu: self = .relu
    case let clip as Clip:
      let limit = Double(Float.greatestFiniteMagnitude)
      self = .clip(clip.minimum ?? -limit, clip.maximum ?? limit)
    case is Sigmoid: self = .sigmoid
    case is HardSwish: self = .hardSwish
    case let hard as HardSigmoid: self = .hardSigmoid(Double(hard.alpha), Double(hard.beta))
    case let swish as Swish: self = .swish(Double(swish.alpha))
    default: return nil
    }
  }

  /// The operator that applies it; nil for none.
  var op: (any Operator)? {
    switch self {
    case .none: nil
    case .relu: Relu()
    case .clip(let low, let high): Clip(minimum: low, maximum: high)
    case .sigmoid: Sigmoid()
    case .hardSwish: HardSwish()
    case .hardSigmoid(let alpha, let beta): HardSigmoid(alpha: Float(alpha), beta: Float(beta))
    case .swish(let alpha): Swish(alpha: Float(alpha))
    }
  }

  /// Whether a pass of Pare's own is quicker than oneDNN's code within a convolution: measured with AVX-512 on
  /// EfficientNet-B0, where the convolutions that swish follows took 124 ms a batch of 16 with that code, and 99 with a
  /// pass over what was stored (`pare profile efficientnet_b0.onnx --batch 16 --threads 2`).
  var isSlowWithinOneDNN: Bool {
    if case .swish = self { return true }
    return false
  }

  /// The activation as oneDNN wants it.
  private var oneDNNActivation: (kind: pdnn_activation, alpha: Double, beta: Double) {
    switch self {
    case .none: (PDNN_ACT_NONE, 0, 0)
    case .relu: (PDNN_ACT_RELU, 0, 0)
    case .clip(let low, let high): (PDNN_ACT_CLIP, low, high)
    case .sigmoid: (PDNN_ACT_SIGMOID, 0, 0)
    case .hardSwish: (PDNN_ACT_HARDSWISH, 0, 0)
    case .hardSigmoid(let alpha, let beta): (PDNN_ACT_HARDSIGMOID, alpha, beta)
    case .swish(let alpha): (PDNN_ACT_SWISH, alpha, 0)
    }
  }

  func apply(to spec: inout pdnn_conv_spec) {
    let activation = oneDNNActivation
    spec.activation = activation.kind
    (spec.alpha, spec.beta) = (Float(activation.alpha), Float(activation.beta))
  }

  func apply(to spec: inout pdnn_matmul_spec) {
    let activation = oneDNNActivation
    spec.activation = activation.kind
    (spec.alpha, spec.beta) = (Float(activation.alpha), Float(activation.beta))
  }
}

extension pk_activation {
  /// The activation as Pare's own kernels want it.
  init(_ activation: FusedActivation) {
    func form(_ op: pk_unary_op, _ alpha: Double = 0, _ beta: Double = 0) -> pk_activation {
      pk_activation(exists: 1, op: op, alpha: Float(alpha), beta: Float(beta))
    }
    self =
      switch activation {
      case .none: pk_activation(exists: 0, op: PK_RELU, alpha: 0, beta: 0)
      case .relu: form(PK_RELU)
      case .clip(let low, let high): form(PK_CLIP, low, high)
      case .sigmoid: form(PK_SIGMOID)
      case .hardSwish: form(PK_HARDSWISH)
      case .hardSigmoid(let alpha, let beta): form(PK_HARDSIGMOID, alpha, beta)
      case .swish(let alpha): form(PK_SWISH, alpha)
      }
  }
}
