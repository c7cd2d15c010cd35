import Tensors

/// A matrix product with scale and bias: y = alpha * A' * B' + beta * C, where ' may transpose.
///
/// Inputs: A (M x K, or K x M if transposed), B (K x N, or N x K), optional C that broadcasts to M x N. A dense layer is
/// A = its input, B = weights (outputs x inputs, transposed), C = bias.
public struct Gemm: ONNXOperator, Differentiable {
  /// The ONNX type.
  public static let kind = "Gemm"
  /// The product's factor.
  public var alpha: Float
  /// The factor of C.
  public var beta: Float
  /// Whether A is transposed first.
  public var transposeA: Bool
  /// Whether B is transposed first.
  public var transposeB: Bool

  /// Makes the operator.
  public init(alpha: Float = 1, beta: Float = 1, transposeA: Bool = false, transposeB: Bool = false) {
    self.alpha = alpha
    self.beta = beta
    self.transposeA = transposeA
    self.transposeB = transposeB
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("alpha", "beta", "transA", "transB")
    alpha = try record.float("alpha").map { Float($0) } ?? 1
    beta = try record.float("beta").map { Float($0) } ?? 1
    transposeA = try record.int("transA") ?? 0 != 0
    transposeB = try record.int("transB") ?? 0 != 0
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm {
    NodeForm(
      Self.kind,
      [
        "alpha": .float(alpha), "beta": .float(beta), "transA": .int(transposeA ? 1 : 0),
        "transB": .int(transposeB ? 1 : 0),
      ])
  }

  /// M x N.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let a = type.shape, let b = inputs[1]!.type.shape else { return [ValueType(type.dataType, nil)] }
    guard a.rank == 2, b.rank == 2, a[transposeA ? 0 : 1] == b[transposeB ? 1 : 0] else {
      throw PareError(
        .badInput,
        "shapes \(a)\(transposeA ? " transposed" : "") and \(b)\(transposeB ? " transposed" : "") do not multiply")
    }
    let output: ValueShape = [a[transposeA ? 1 : 0], b[transposeB ? 0 : 1]]
    if let c = inputs.count > 2 ? inputs[2]?.type.shape : nil, try Broadcasting.shape(output, c) != output {
      throw PareError(.badInput, "a bias of shape \(c) does not fit a product of shape \(output)")
    }
    return [ValueType(type.dataType, output)]
  }

  /// M * N * K.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    outputs[0].count * (inputs[0]?[transposeA ? 0 : 1] ?? 0)
  }

  /// B holds weights, C a bias.
  public func role(ofInput index: Int) -> ParameterRole {
    switch index {
    case 1: .weight
    case 2: .bias
    default: .constant
    }
  }

  /// The sum of products in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (a, b) = (inputs[0]!, inputs[1]!)
    let (rows, inner) = transposeA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
    let columns = b.shape[transposeB ? 0 : 1]
    let (rowStep, innerStepA) = transposeA ? (1, rows) : (inner, 1)
    let (innerStepB, columnStep) = transposeB ? (1, inner) : (columns, 1)
    let (left, right) = (a.doubles, b.doubles)
    let shape: Shape = [rows, columns]
    var y = [Double](repeating: 0, count: shape.count)
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0.0
        for k in 0..<inner { sum += left[row * rowStep + k * innerStepA] * right[k * innerStepB + column * columnStep] }
        y[row * columns + column] = Double(alpha) * sum
      }
    }
    if let c = inputs.count > 2 ? inputs[2] : nil, beta != 0 {
      let bias = c.doubles
      let offsets = Broadcasting.offsets(strides: Broadcasting.strides(of: c.shape, in: shape), over: shape)
      for index in y.indices { y[index] += Double(beta) * bias[offsets[index]] }
    }
    return [Tensor(doubles: y, shape: shape, dataType: a.dataType)]
  }

  /// With G = dy: dA' = alpha * G * B'^T and dB' = alpha * A'^T * G, transposed where A and B are;
  /// dC = beta * G summed where C was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (a, b, g) = (call.inputs[0]!, call.inputs[1]!, call.gradient)
    var gradients: [Value?] = call.inputs.map { _ in nil }
    func product(_ left: Value, _ transposeLeft: Bool, _ right: Value, _ transposeRight: Bool) throws -> Value {
      try builder.add(Gemm(alpha: alpha, transposeA: transposeLeft, transposeB: transposeRight), left, right)
    }
    if call.wanted[0] {
      gradients[0] = try transposeA ? product(b, transposeB, g, true) : product(g, false, b, !transposeB)
    }
    if call.wanted[1] {
      gradients[1] = try transposeB ? product(g, true, a, transposeA) : product(a, !transposeA, g, false)
    }
    if call.inputs.count > 2, call.wanted[2], let c = call.inputs[2] {
      let sum = try builder.summed(g, toShapeOf: c)
      gradients[2] = beta == 1 ? sum : try builder.scaled(sum, by: beta)
    }
    return gradients
  }
}

extension Gemm: ChannelCoupled {
  /// Inputs with B's axis for them, outputs with B's other axis and the bias, rows of A with rows of y.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard call.parameters.contains(call.inputs[1]) else {
      return coupling.blockAll(call, reason: "\(call.outputs[0]): product of computed matrices")
    }
    let output = call.outputShape()
    coupling.tie(call.input(0, axis: transposeA ? 0 : 1), call.input(1, axis: transposeB ? 1 : 0), in: call)
    coupling.tie(call.input(1, axis: transposeB ? 0 : 1), call.output(axis: 1), in: call)
    coupling.tie(call.input(0, axis: transposeA ? 1 : 0), call.output(axis: 0), in: call)
    guard let bias = call.inputShape(2) else { return }
    for axis in bias.dimensions.indices {
      let target = axis + 2 - bias.rank
      if bias[axis] == output[target] {
        coupling.tie(call.input(2, axis: axis), call.output(axis: target), in: call)
      }
    }
  }
}

extension GraphBuilder {
  /// Adds a dense layer on batch x inputs: weights outputs x inputs drawn by `initializer`, bias 0.
  public func dense(
    _ x: Value, outputs: Int, bias: Bool = true, initializer: any WeightInitializer, name: String = "fc"
  ) throws -> Value {
    let shape: Shape = [outputs, try extent(of: x, axis: 1)]
    let weight = weights("\(name).weight", shape, from: initializer)
    let shift = bias ? [parameter("\(name).bias", Tensor(zeros: [outputs]))] : []
    return try add(Gemm(transposeB: true), [x, weight] + shift, name: name)[0]
  }
}
