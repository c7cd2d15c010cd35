import Foundation
import Tensors

/// The remainder of a division with broadcasting. Integers: with the divisor's sign, or with the dividend's for fmod;
/// floats: with the dividend's sign. ONNX has the other form for floats since opset 28, which is not read.
public struct Mod: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "Mod"
  /// Whether the remainder has the dividend's sign, as in C.
  public var followsDividend: Bool

  /// Makes the operator.
  public init(followsDividend: Bool) { self.followsDividend = followsDividend }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("fmod")
    followsDividend = try record.int("fmod") ?? 0 == 1
    if !followsDividend, try record.requiredInput(0).type.dataType.isFloat {
      throw record.unsupported("a remainder of floats with the divisor's sign")
    }
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind, ["fmod": .int(followsDividend ? 1 : 0)]) }

  /// The broadcast shape.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { try Elementwise.outputTypes(for: inputs) }

  /// The result, where both inputs are known integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    Elementwise.symbolicOutput(for: inputs) { a, b in
      guard let x = a.fixedExtent, let y = b.fixedExtent, y != 0 else { return nil }
      return .fixed(remainder(x, y))
    }
  }

  private func remainder(_ a: Int, _ b: Int) -> Int {
    if b == 0 { return 0 }
    let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
    return followsDividend || rest == 0 || (rest < 0) == (b < 0) ? rest : rest + b
  }

  /// The remainder; of an integer divided by 0 it is 0.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    [try inputs[0]!.broadcastElements(with: inputs[1]!, floats: { fmod($0, $1) }, integers: remainder)]
  }

  /// da = dy, and by b dy times the negative of the quotient, truncated; each summed where it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (a, b) = (call.inputs[0]!, call.inputs[1]!)
    var gradients: [Value?] = [nil, nil]
    if call.wanted[0] { gradients[0] = try builder.summed(call.gradient, toShapeOf: a) }
    if call.wanted[1] {
      let quotient = try builder.quotient(builder.difference(call.outputs[0], a), b)
      gradients[1] = try builder.summed(builder.product(call.gradient, quotient), toShapeOf: b)
    }
    return gradients
  }

  /// Every index passes through, but for repeated axes.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieElementwise(call) }
}
