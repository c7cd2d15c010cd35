import CKernels
import Foundation

/// A function of one number that the kernels vectorise, with its value and derivative in double precision.
struct VectorFunction {
  let name: String
  let op: pk_unary_op
  let alpha: Float
  let beta: Float
  let value: (Double) -> Double
  let slope: (Double) -> Double

  init(
    _ name: String, _ op: pk_unary_op, alpha: Float = 0, beta: Float = 0, value: @escaping (Double) -> Double,
    slope: @escaping (Double) -> Double
  ) {
    (self.name, self.op, self.alpha, self.beta, self.value, self.slope) = (name, op, alpha, beta, value, slope)
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
  private static func normal(_ x: Double) -> Double { 0.5 * (1 + erf(x / 2.0.squareRoot())) }
  private static func inner(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }

  static var all: [VectorFunction] {
    [
      VectorFunction(
        "leaky relu", PK_LEAKY_RELU, alpha: 0.25, value: { $0 < 0 ? 0.25 * $0 : $0 }, slope: { $0 > 0 ? 1 : 0.25 }),
      VectorFunction(
        "elu", PK_ELU, alpha: 1.5, value: { $0 < 0 ? 1.5 * expm1($0) : $0 }, slope: { $0 > 0 ? 1 : 1.5 * exp($0) }),
      VectorFunction(
        "selu", PK_SELU, alpha: 1.5, beta: 2, value: { 2 * ($0 < 0 ? 1.5 * expm1($0) : $0) },
        slope: { 2 * ($0 > 0 ? 1 : 1.5 * exp($0)) }),
      VectorFunction(
        "celu", PK_CELU, alpha: 0.5, value: { $0 < 0 ? 0.5 * expm1($0 / 0.5) : $0 },
        slope: { $0 > 0 ? 1 : exp($0 / 0.5) }),
      VectorFunction(
        "thresholded relu", PK_THRESHOLDED_RELU, alpha: 1, value: { $0 <= 1 ? 0 : $0 }, slope: { $0 > 1 ? 1 : 0 }),
      VectorFunction(
        "gelu", PK_GELU, value: { $0 * normal($0) },
        slope: { normal($0) + $0 * exp(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot() }),
      VectorFunction(
        "gelu by tanh", PK_GELU_TANH, value: { 0.5 * $0 * (1 + tanh(inner($0))) },
        slope: { x in
          let t = tanh(inner(x))
          return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (2 / Double.pi).squareRoot() * (1 + 0.134145 * x * x)
        }),
      VectorFunction("erf", PK_ERF, value: { erf($0) }, slope: { 2 / Double.pi.squareRoot() * exp(-$0 * $0) }),
      VectorFunction("softplus", PK_SOFTPLUS, value: softplus, slope: sigmoid),
      VectorFunction(
        "softsign", PK_SOFTSIGN, value: { $0 / (1 + abs($0)) }, slope: { 1 / ((1 + abs($0)) * (1 + abs($0))) }),
      VectorFunction(
        "mish", PK_MISH, value: { $0 * tanh(softplus($0)) },
        slope: { x in
          let t = tanh(softplus(x))
          return t + x * (1 - t * t) * sigmoid(x)
        }),
      VectorFunction(
        "swish", PK_SWISH, alpha: 1.5, value: { $0 * sigmoid(1.5 * $0) },
        slope: { x in
          let s = sigmoid(1.5 * x)
          return s * (1 + 1.5 * x * (1 - s))
        }),
      VectorFunction(
        "sign", PK_SIGN, value: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }, slope: { max(0, 2 - 2 * abs($0)) }),
      VectorFunction("floor", PK_FLOOR, value: { $0.rounded(.down) }, slope: { _ in 0 }),
      VectorFunction("ceil", PK_CEIL, value: { $0.rounded(.up) }, slope: { _ in 0 }),
      VectorFunction("round", PK_ROUND, value: { $0.rounded(.toNearestOrEven) }, slope: { _ in 0 }),
    ]
  }
}
