import CKernels
import Graphs
import Tensors

/// Elementwise functions of one value, and their gradients, in whatever layout the value has.
enum UnaryKernels {
  /// A function of one value, written over its input where nobody needs it any more.
  static func forward(
    _ request: KernelRequest, _ op: pk_unary_op, alpha: Double = 0, beta: Double = 0
  ) -> KernelPlan? {
    guard request.isFloat, let type = request.inputs[0] else { return nil }
    let count = Int64(type.shape.count)
    var plan = KernelPlan(inputLayouts: [nil], outputLayouts: [type.layout]) {
      ClosureKernel { pk_unary(op, count, $0.input(0), Float(alpha), Float(beta), $0.output()) }
    }
    plan.inPlace = [(0, 0)]
    plan.bfloat16Form = .elementwise(
      direct: op == PK_RELU ? { pk_relu_bf16($0, $1.bfloat16Input(0), $1.bfloat16Output()) } : nil)
    return plan
  }

  /// A gradient from dy and the function's input or output.
  static func gradient(
    _ request: KernelRequest, _ op: pk_unary_op, fromOutput: Bool, alpha: Double = 0, beta: Double = 0
  ) -> KernelPlan? {
    guard request.isFloat, let type = request.inputs[0], let other = request.inputs[1] else { return nil }
    let layout = other.layout
    let count = Int64(type.shape.count)
    var plan = KernelPlan(inputLayouts: [layout, layout], outputLayouts: [layout]) {
      ClosureKernel {
        pk_unary_gradient(
          op, count, $0.input(0), $0.input(1), fromOutput ? 1 : 0, Float(alpha), Float(beta), $0.output())
      }
    }
    plan.inPlace = [(0, 0)]
    plan.bfloat16Form = .elementwise(
      direct: op == PK_RELU && fromOutput
        ? { pk_relu_gradient_bf16($0, $1.bfloat16Input(0), $1.bfloat16Input(1), $1.bfloat16Output()) } : nil)
    return plan
  }

  enum ReluKernel: KernelProvider {
    static let kind = Relu.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { forward(request, PK_RELU) }
  }

  enum ClipKernel: KernelProvider {
    static let kind = Clip.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let clip = request.node.op as? Clip else { return nil }
      return forward(request, PK_CLIP, alpha: clip.minimum ?? -.infinity, beta: clip.maximum ?? .infinity)
    }
  }

  enum SigmoidKernel: KernelProvider {
    static let kind = Sigmoid.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { forward(request, PK_SIGMOID) }
  }

  enum HardSigmoidKernel: KernelProvider {
    static let kind = HardSigmoid.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? HardSigmoid else { return nil }
      return forward(request, PK_HARDSIGMOID, alpha: Double(op.alpha), beta: Double(op.beta))
    }
  }

  enum HardSwishKernel: KernelProvider {
    static let kind = HardSwish.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { forward(request, PK_HARDSWISH) }
  }

  enum TanhKernel: KernelProvider {
    static let kind = Tanh.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { forward(request, PK_TANH) }
  }

  enum ExpKernel: KernelProvider {
    static let kind = Exp.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { forward(request, PK_EXP) }
  }

  enum LogKernel: KernelProvider {
    static let kind = Log.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { forward(request, PK_LOG) }
  }

  enum SqrtKernel: KernelProvider {
    static let kind = Sqrt.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { forward(request, PK_SQRT) }
  }

  enum NegKernel: KernelProvider {
    static let kind = Neg.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { forward(request, PK_NEG) }
  }

  enum AbsKernel: KernelProvider {
    static let kind = Abs.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { forward(request, PK_ABS) }
  }

  enum ReluGradientKernel: KernelProvider {
    static let kind = ReluGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { gradient(request, PK_RELU, fromOutput: true) }
  }

  enum ClipGradientKernel: KernelProvider {
    static let kind = ClipGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? ClipGradient else { return nil }
      return gradient(
        request, PK_CLIP, fromOutput: false, alpha: op.minimum ?? -.infinity, beta: op.maximum ?? .infinity)
    }
  }

  enum SigmoidGradientKernel: KernelProvider {
    static let kind = SigmoidGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { gradient(request, PK_SIGMOID, fromOutput: true) }
  }

  enum HardSigmoidGradientKernel: KernelProvider {
    static let kind = HardSigmoidGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? {
      guard let op = request.node.op as? HardSigmoidGradient else { return nil }
      return gradient(request, PK_HARDSIGMOID, fromOutput: false, alpha: Double(op.alpha), beta: Double(op.beta))
    }
  }

  enum HardSwishGradientKernel: KernelProvider {
    static let kind = HardSwishGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { gradient(request, PK_HARDSWISH, fromOutput: false) }
  }

  enum TanhGradientKernel: KernelProvider {
    static let kind = TanhGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { gradient(request, PK_TANH, fromOutput: true) }
  }

  enum AbsGradientKernel: KernelProvider {
    static let kind = AbsGradient.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { gradient(request, PK_ABS, fromOutput: false) }
  }
}
