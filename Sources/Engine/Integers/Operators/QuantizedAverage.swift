import CKernels
import Graphs
import Tensors

/// The means of windows over 8-bit integers: what DequantizeLinear, an average pooling, an activation that limits, and
/// QuantizeLinear amount to. Exists only inside compiled programs.
package struct QuantizedAverage: Operator {
  package static let kind = "QuantizedAveragePool"
  /// The pooling; nil for the mean over all positions.
  let pool: AveragePool?
  /// Whether the positions' axes disappear from a mean over all of them.
  let dropsPositions: Bool
  let input: IntegerFormat
  let output: IntegerFormat
  /// The least and greatest integer of the result.
  let limits: ClosedRange<Int>

  package func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = try (pool as (any Operator)? ?? GlobalAveragePool()).outputTypes(for: inputs)[0]
    let shape = dropsPositions ? type.shape.map { ValueShape(Array($0.dimensions.prefix(2))) } : type.shape
    return [ValueType(output.dataType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let numbers = inputs[0]!.numbers(input)
    let means = try (pool as (any Operator)? ?? GlobalAveragePool()).evaluate([numbers], in: context)[0]
    let integers = means.doubles.map { Double(max(limits.lowerBound, min(limits.upperBound, output.integer($0)))) }
    let shape = dropsPositions ? Shape(Array(means.shape.dimensions.prefix(2))) : means.shape
    return [Tensor(doubles: integers, shape: shape, dataType: output.dataType)]
  }
}

/// The means by Pare's own kernel, channels last.
enum QuantizedAverageKernel: KernelProvider {
  static let kind = QuantizedAverage.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? QuantizedAverage, let x = request.inputs[0], x.dataType == op.input.dataType,
      x.shape.count > 0,
      var pool = op.pool.map({
        PoolingKernels.pool(
          $0.window, input: x.shape, output: request.outputs[0].shape, countsPadding: $0.countsPadding)
      }) ?? wholePool(x.shape)
    else { return nil }
    let (from, to) = (op.input.kernelFormat, op.output.kernelFormat)
    let (low, high) = (Int32(op.limits.lowerBound), Int32(op.limits.upperBound))
    let layout: Layout = op.pool == nil ? .plain : .channelsLast
    return KernelPlan(inputLayouts: [.channelsLast], outputLayouts: [layout]) {
      ClosureKernel { pk_q8_average_pool(&pool, from, to, low, high, $0.inputs[0]!, $0.outputs[0]!) }
    }
  }

  /// One window over all positions.
  private static func wholePool(_ shape: Shape) -> pk_pool? {
    guard shape.rank >= 3 else { return nil }
    var pool = pk_pool()
    (pool.n, pool.c, pool.h) = (Int64(shape[0]), Int64(shape[1]), 1)
    pool.w = Int64(shape.dimensions[2...].reduce(1, *))
    (pool.oh, pool.ow, pool.kh, pool.kw) = (1, 1, 1, pool.w)
    (pool.stride_h, pool.stride_w, pool.dilation_h, pool.dilation_w) = (1, 1, 1, 1)
    return pool
  }
}
