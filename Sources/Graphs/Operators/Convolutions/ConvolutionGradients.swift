import Tensors

/// The gradient of a convolution by its input: inputs dy and the weights.
public struct ConvolutionInputGradient: Operator {
  /// The operation's name.
  public static let kind = "ConvInputGradient"
  /// The convolution that is differentiated.
  public let convolution: Convolution
  /// The shape of its input.
  public let inputShape: ValueShape

  /// Makes the operator.
  public init(convolution: Convolution, inputShape: ValueShape) {
    self.convolution = convolution
    self.inputShape = inputShape
  }

  /// The input's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(inputs[0]!.type.dataType, inputShape)]
  }

  /// As many as the convolution itself.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    (inputs[0]?.count ?? 0) * (inputs[1]?.dimensions[1...].reduce(1, *) ?? 0)
  }

  /// dx[n,c,q] = sum over o, t of w[o,c,t] * dy[n,o,p] where p*stride - pad + t*dilation = q.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, w) = (inputs[0]!, inputs[1]!)
    let shape = inputShape.bound(toBatch: context.batch)
    let loops = try ConvolutionLoops(
      window: convolution.window, groups: convolution.groups, input: shape, weights: w.shape)
    let (gradients, weights) = (dy.doubles, w.doubles)
    var dx = [Double](repeating: 0, count: shape.count)
    loops.forEach { xi, wi, yi in dx[xi] += gradients[yi] * weights[wi] }
    return [Tensor(doubles: dx, shape: shape, dataType: dy.dataType)]
  }
}

/// The gradient of a convolution by its weights: inputs dy and x.
public struct ConvolutionWeightGradient: Operator {
  /// The operation's name.
  public static let kind = "ConvWeightGradient"
  /// The convolution that is differentiated.
  public let convolution: Convolution
  /// The shape of its weights.
  public let weightShape: ValueShape

  /// Makes the operator.
  public init(convolution: Convolution, weightShape: ValueShape) {
    self.convolution = convolution
    self.weightShape = weightShape
  }

  /// The weights' type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(inputs[0]!.type.dataType, weightShape)]
  }

  /// As many as the convolution itself.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    (inputs[0]?.count ?? 0) * outputs[0].dimensions[1...].reduce(1, *)
  }

  /// dw[o,c,t] = sum over n, p of dy[n,o,p] * x[n, c, p*stride - pad + t*dilation].
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, x) = (inputs[0]!, inputs[1]!)
    let shape = weightShape.bound(toBatch: context.batch)
    let loops = try ConvolutionLoops(
      window: convolution.window, groups: convolution.groups, input: x.shape, weights: shape)
    let (gradients, values) = (dy.doubles, x.doubles)
    var dw = [Double](repeating: 0, count: shape.count)
    loops.forEach { xi, wi, yi in dw[wi] += gradients[yi] * values[xi] }
    return [Tensor(doubles: dw, shape: shape, dataType: dy.dataType)]
  }
}
