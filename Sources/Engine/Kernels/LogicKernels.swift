import CKernels
import Graphs
import Tensors

/// Comparisons of floats and functions of booleans, with broadcasting, in whatever layouts the values have. Comparisons
/// of integers run the reference.
enum LogicKernels {
  private typealias Body =
    (Int32, [Int64], [Int64], [Int64], UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutablePointer<UInt8>) ->
    Void

  /// A plan for two values of one type; a missing second one is a single true.
  private static func plan(_ request: KernelRequest, of type: DataType, _ body: @escaping Body) -> KernelPlan? {
    let shape = request.outputs[0].shape
    guard let a = request.inputs[0], a.dataType == type, shape.rank <= 16 else { return nil }
    let b = request.inputs.count > 1 ? request.inputs[1] : nil
    let leader = a.shape == shape ? a : b ?? a
    let layout = leader.shape == shape ? leader.layout : .plain
    let result = PhysicalType(shape: shape, dataType: .bool, layout: layout)
    let dimensions = result.physicalDimensions.map { Int64($0) }
    let left = a.strides(over: result)
    let right = b?.strides(over: result) ?? dimensions.map { _ in 0 }
    return KernelPlan(inputLayouts: request.inputs.map { $0?.layout }, outputLayouts: [layout]) {
      var isTrue: UInt8 = 1
      return ClosureKernel { operands in
        withUnsafeMutableBytes(of: &isTrue) { one in
          body(
            Int32(dimensions.count), dimensions, left, right, operands.inputs[0]!,
            b == nil ? one.baseAddress! : operands.inputs[1]!,
            operands.outputs[0]!.assumingMemoryBound(to: UInt8.self))
        }
      }
    }
  }

  fileprivate static func compared(_ request: KernelRequest, _ op: pk_comparison) -> KernelPlan? {
    plan(request, of: .float32) { rank, dimensions, left, right, a, b, y in
      pk_compare(
        op, rank, dimensions, left, right, a.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self),
        y)
    }
  }

  fileprivate static func combined(_ request: KernelRequest, _ op: pk_logic_op) -> KernelPlan? {
    plan(request, of: .bool) { rank, dimensions, left, right, a, b, y in
      pk_logic(
        op, rank, dimensions, left, right, a.assumingMemoryBound(to: UInt8.self), b.assumingMemoryBound(to: UInt8.self),
        y)
    }
  }

  enum EqualKernel: KernelProvider {
    static let kind = Equal.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { LogicKernels.compared(request, PK_EQUAL) }
  }
  enum GreaterKernel: KernelProvider {
    static let kind = Greater.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { LogicKernels.compared(request, PK_GREATER) }
  }
  enum GreaterOrEqualKernel: KernelProvider {
    static let kind = GreaterOrEqual.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { LogicKernels.compared(request, PK_GREATER_OR_EQUAL) }
  }
  enum LessKernel: KernelProvider {
    static let kind = Less.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { LogicKernels.compared(request, PK_LESS) }
  }
  enum LessOrEqualKernel: KernelProvider {
    static let kind = LessOrEqual.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { LogicKernels.compared(request, PK_LESS_OR_EQUAL) }
  }
  enum AndKernel: KernelProvider {
    static let kind = And.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { LogicKernels.combined(request, PK_AND) }
  }
  enum OrKernel: KernelProvider {
    static let kind = Or.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { LogicKernels.combined(request, PK_OR) }
  }
  enum XorKernel: KernelProvider {
    static let kind = Xor.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { LogicKernels.combined(request, PK_XOR) }
  }
  enum NotKernel: KernelProvider {
    static let kind = Not.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { LogicKernels.combined(request, PK_XOR) }
  }
}
