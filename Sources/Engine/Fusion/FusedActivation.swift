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
    }
  }

  func apply(to spec: inout pdnn_conv_spec) {
    switch self {
    case .none: spec.activation = PDNN_ACT_NONE
    case .relu: spec.activation = PDNN_ACT_RELU
    case .clip(let low, let high):
      spec.activation = PDNN_ACT_CLIP
      spec.alpha = Float(low)
      spec.beta = Float(high)
    case .sigmoid: spec.activation = PDNN_ACT_SIGMOID
    case .hardSwish: spec.activation = PDNN_ACT_HARDSWISH
    case .hardSigmoid(let alpha, let beta):
      spec.activation = PDNN_ACT_HARDSIGMOID
      spec.alpha = Float(alpha)
      spec.beta = Float(beta)
    }
  }
}
