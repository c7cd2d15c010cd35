import CKernels
import Graphs
import Tensors

/// A function of two numbers that runs on 8-bit integers.
package protocol QuantizedFunction: Operator {
  /// The function as Pare's own kernels know it.
  static var kernelOperation: pk_binary_op { get }
}

extension Add: QuantizedFunction { package static var kernelOperation: pk_binary_op { PK_ADD } }
extension Sub: QuantizedFunction { package static var kernelOperation: pk_binary_op { PK_SUB } }
extension Mul: QuantizedFunction { package static var kernelOperation: pk_binary_op { PK_MUL } }

/// A function of two tensors of 8-bit integers, with broadcasting: what DequantizeLinear of both, the function, an
/// activation that limits, and QuantizeLinear amount to, with the same roundings. Exists only inside compiled programs.
package struct QuantizedBinary<Function: QuantizedFunction>: Operator {
  package static var kind: String { "Quantized\(Function.kind)" }
  let function: Function
  let left: IntegerFormat
  let right: IntegerFormat
  let output: IntegerFormat
  /// The least and greatest integer of the result.
  let limits: ClosedRange<Int>

  package func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let numbers = inputs.map { $0.map { InputFact(ValueType(.float32, $0.type.shape)) } }
    return [ValueType(output.dataType, try function.outputTypes(for: numbers)[0].shape)]
  }

  package func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    // Every step is rounded to float32, as its operator does.
    let numbers = [inputs[0]!.numbers(left), inputs[1]!.numbers(right)].map { $0.cast(to: .float32) }
    let y = try function.evaluate(numbers, in: context)[0]
    let integers = y.floats.map { max(limits.lowerBound, min(limits.upperBound, output.integer($0))) }
    return [Tensor(doubles: integers.map { Double($0) }, shape: y.shape, dataType: output.dataType)]
  }
}

/// The function by Pare's own kernels, in whatever layouts the integers have.
enum QuantizedBinaryKernel<Function: QuantizedFunction>: KernelProvider {
  static var kind: String { QuantizedBinary<Function>.kind }

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? QuantizedBinary<Function>, let a = request.inputs[0], let b = request.inputs[1],
      a.dataType == op.left.dataType, b.dataType == op.right.dataType, request.outputs[0].shape.rank <= 16
    else { return nil }
    let shape = request.outputs[0].shape
    var form = pk_q8_binary(
      op: Function.kernelOperation, a: op.left.kernelFormat, b: op.right.kernelFormat, y: op.output.kernelFormat,
      low: Int32(op.limits.lowerBound), high: Int32(op.limits.upperBound))
    // The result lies as its largest input does.
    let leader = a.shape == shape ? a : b
    let layout = leader.shape == shape ? leader.layout : .plain
    if a.shape == b.shape {
      let count = Int64(shape.count)
      var plan = KernelPlan(inputLayouts: [layout, layout], outputLayouts: [layout]) {
        ClosureKernel { pk_q8_binary_run(&form, count, $0.inputs[0]!, $0.inputs[1]!, $0.outputs[0]!) }
      }
      plan.inPlace = [(0, 0), (0, 1)]
      return plan
    }
    // The kernel is fast along rows where its left operand is dense.
    let swaps = a.shape != shape && b.shape == shape && Function.kernelOperation != PK_SUB
    let (first, second) = swaps ? (1, 0) : (0, 1)
    if swaps { swap(&form.a, &form.b) }
    let order = PhysicalType(shape: shape, dataType: op.output.dataType, layout: layout).axisOrder
    func strides(_ type: PhysicalType) -> [Int64] {
      let offset = shape.rank - type.shape.rank
      let own = type.strides
      return order.map { axis in
        axis < offset || type.shape[axis - offset] == 1 ? 0 : Int64(own[axis - offset])
      }
    }
    let (left, right) = swaps ? (strides(b), strides(a)) : (strides(a), strides(b))
    let dimensions = order.map { Int64(shape[$0]) }
    return KernelPlan(inputLayouts: [a.layout, b.layout], outputLayouts: [layout]) {
      ClosureKernel {
        pk_q8_binary_broadcast(
          &form, Int32(dimensions.count), dimensions, left, right, $0.inputs[first]!, $0.inputs[second]!,
          $0.outputs[0]!)
      }
    }
  }
}
