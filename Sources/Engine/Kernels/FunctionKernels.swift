import CKernels
import Graphs
import Tensors

/// A function of one number that the vectorised kernels know.
protocol VectorFunction: UnaryFunction {
  /// Its name there, and its two numbers.
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { get }
}

/// A function of one number in whatever layout the value has.
enum FunctionKernel<Function: VectorFunction>: KernelProvider {
  static var kind: String { Function.kind }

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let form = (request.node.op as? Function)?.vectorForm else { return nil }
    return UnaryKernels.forward(request, form.op, alpha: Double(form.alpha), beta: Double(form.beta))
  }
}

/// The gradient of a function of one number.
enum FunctionGradientKernel<Function: VectorFunction & DifferentiableFunction>: KernelProvider {
  static var kind: String { FunctionGradient<Function>.kind }

  static func plan(_ request: KernelRequest) -> KernelPlan? {
    guard let form = (request.node.op as? FunctionGradient<Function>)?.function.vectorForm else { return nil }
    return UnaryKernels.gradient(
      request, form.op, fromOutput: false, alpha: Double(form.alpha), beta: Double(form.beta))
  }
}

/// The gradient of a sign that Bi-Real nets take.
enum PolynomialSurrogateGradientKernel: KernelProvider {
  static let kind = PolynomialSurrogateGradient.kind
  static func plan(_ request: KernelRequest) -> KernelPlan? {
    UnaryKernels.gradient(request, PK_SIGN, fromOutput: false)
  }
}

extension LeakyRelu: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_LEAKY_RELU, alpha, 0) }
}

extension Elu: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_ELU, alpha, 0) }
}

extension Selu: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_SELU, alpha, gamma) }
}

extension Celu: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_CELU, alpha, 0) }
}

extension ThresholdedRelu: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_THRESHOLDED_RELU, alpha, 0) }
}

extension Gelu: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) {
    (approximation == .none ? PK_GELU : PK_GELU_TANH, 0, 0)
  }
}

extension Softplus: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_SOFTPLUS, 0, 0) }
}

extension Softsign: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_SOFTSIGN, 0, 0) }
}

extension Mish: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_MISH, 0, 0) }
}

extension Swish: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_SWISH, alpha, 0) }
}

extension Erf: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_ERF, 0, 0) }
}

extension Reciprocal: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_RECIPROCAL, 0, 0) }
}

extension Sign: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_SIGN, 0, 0) }
}

extension Floor: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_FLOOR, 0, 0) }
}

extension Ceil: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_CEIL, 0, 0) }
}

extension Round: VectorFunction {
  var vectorForm: (op: pk_unary_op, alpha: Float, beta: Float) { (PK_ROUND, 0, 0) }
}
