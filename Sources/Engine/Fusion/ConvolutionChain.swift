import Graphs
import Tensors

/// A pointwise convolution, a depthwise one behind it and in most cases another pointwise one, each with its activation,
/// and a sum at the end: the inverted residual of MobileNetV2 (Sandler et al. 2018), or as much of it as comes before a
/// squeeze-and-excite.
///
/// Inputs: x; weights and bias (or absent) of each convolution; the residual where there is one. Exists only inside
/// compiled programs, which compute it in bands of rows, so that what is between stays in the cache.
package struct ConvolutionChain: Operator {
  /// A convolution and what is applied to it.
  package struct Link: Sendable {
    package var convolution: Convolution
    package var activation: FusedActivation
  }

  package static let kind = "ConvChain"
  package var links: [Link]
  package var hasResidual: Bool

  /// Where the weights of a link stand among the inputs; its bias is next.
  static func weightsIndex(_ link: Int) -> Int { 1 + 2 * link }
  /// Where the residual stands.
  var residualIndex: Int { Self.weightsIndex(links.count) }

  package func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    var fact = inputs[0]
    for (index, link) in links.enumerated() {
      let weights = Self.weightsIndex(index)
      fact = InputFact(try link.convolution.outputTypes(for: [fact, inputs[weights], inputs[weights + 1]])[0])
    }
    return [fact!.type]
  }

  /// The first convolution has the input's pixels, the others the output's.
  package func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    guard let x = inputs[0] else { return 0 }
    return links.indices.reduce(0) { sum, index in
      let pixels = index == 0 ? x.count / max(x[1], 1) : outputs[0].count / max(outputs[0][1], 1)
      return sum + pixels * (inputs[Self.weightsIndex(index)]?.count ?? 0)
    }
  }

  package func role(ofInput index: Int) -> ParameterRole {
    guard index > 0, index < residualIndex else { return .constant }
    return links[(index - 1) / 2].convolution.role(ofInput: 1 + (index - 1) % 2)
  }

  package func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    var y = inputs[0]!
    for (index, link) in links.enumerated() {
      let weights = Self.weightsIndex(index)
      y = try link.convolution.evaluate([y, inputs[weights], inputs[weights + 1]], in: context)[0]
      if hasResidual, index == links.count - 1, let residual = inputs[residualIndex] {
        y = try Add().evaluate([y, residual], in: context)[0]
      }
      y = try link.activation.op?.evaluate([y], in: context)[0] ?? y
    }
    return [y]
  }
}
