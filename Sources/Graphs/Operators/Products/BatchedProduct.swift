import Tensors

/// Products of matrices in the last two axes, over broadcasting batch axes: y = A' * B', where ' may transpose.
///
/// Pare's own: gradients of `MatMul` and Gram matrices need transposed operands, which ONNX only has as separate nodes.
public struct BatchedProduct: Operator, Differentiable {
  /// The operation's name.
  public static let kind = "BatchedProduct"
  /// Whether the last two axes of A are exchanged first.
  public let transposeA: Bool
  /// Whether the last two axes of B are exchanged first.
  public let transposeB: Bool

  /// Makes the operator.
  public init(transposeA: Bool = false, transposeB: Bool = false) {
    self.transposeA = transposeA
    self.transposeB = transposeB
  }

  /// Broadcast batch axes x rows x columns.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let a = type.shape, let b = inputs[1]!.type.shape else { return [ValueType(type.dataType, nil)] }
    guard a.rank >= 2, b.rank >= 2, a[a.rank - (transposeA ? 2 : 1)] == b[b.rank - (transposeB ? 1 : 2)] else {
      throw PareError(.badInput, "shapes \(a) and \(b) do not multiply")
    }
    let batch = try Broadcasting.shape(
      ValueShape(Array(a.dimensions.dropLast(2))), ValueShape(Array(b.dimensions.dropLast(2))))
    let matrix = [a[a.rank - (transposeA ? 1 : 2)], b[b.rank - (transposeB ? 2 : 1)]]
    return [ValueType(type.dataType, ValueShape(batch.dimensions + matrix))]
  }

  /// One per output element and element of the shared axis.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    guard let a = inputs[0] else { return 0 }
    return outputs[0].count * a[a.rank - (transposeA ? 2 : 1)]
  }

  /// The sums of products in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (a, b) = (inputs[0]!, inputs[1]!)
    let aBatch = Shape(Array(a.shape.dimensions.dropLast(2)))
    let bBatch = Shape(Array(b.shape.dimensions.dropLast(2)))
    let batch = try Broadcasting.shape(aBatch, bBatch)
    let rows = a.shape[a.shape.rank - (transposeA ? 1 : 2)]
    let inner = a.shape[a.shape.rank - (transposeA ? 2 : 1)]
    let columns = b.shape[b.shape.rank - (transposeB ? 2 : 1)]
    let (rowStep, innerStepA) = transposeA ? (1, rows) : (inner, 1)
    let (innerStepB, columnStep) = transposeB ? (1, inner) : (columns, 1)
    let aOffsets = Broadcasting.offsets(strides: Broadcasting.strides(of: aBatch, in: batch), over: batch)
    let bOffsets = Broadcasting.offsets(strides: Broadcasting.strides(of: bBatch, in: batch), over: batch)
    let (left, right) = (a.doubles, b.doubles)
    var y: [Double] = []
    y.reserveCapacity(batch.count * rows * columns)
    for (aOffset, bOffset) in zip(aOffsets, bOffsets) {
      let (aBase, bBase) = (aOffset * rows * inner, bOffset * inner * columns)
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = 0.0
          for k in 0..<inner {
            sum += left[aBase + row * rowStep + k * innerStepA] * right[bBase + k * innerStepB + column * columnStep]
          }
          y.append(sum)
        }
      }
    }
    return [Tensor(doubles: y, shape: Shape(batch.dimensions + [rows, columns]), dataType: a.dataType)]
  }

  /// With y = A' * B': dA' = dy * B'^T and dB' = A'^T * dy, transposed where the factor was, and summed over the batch
  /// axes along which it was repeated.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (a, b, dy) = (call.inputs[0]!, call.inputs[1]!, call.gradient)
    var gradients: [Value?] = [nil, nil]
    if call.wanted[0] {
      let product =
        transposeA
        ? try builder.add(BatchedProduct(transposeA: transposeB, transposeB: true), b, dy)
        : try builder.add(BatchedProduct(transposeB: !transposeB), dy, b)
      gradients[0] = try builder.summed(product, toShapeOf: a)
    }
    if call.wanted[1] {
      let product =
        transposeB
        ? try builder.add(BatchedProduct(transposeA: true, transposeB: transposeA), dy, a)
        : try builder.add(BatchedProduct(transposeA: !transposeA), a, dy)
      gradients[1] = try builder.summed(product, toShapeOf: b)
    }
    return gradients
  }
}
