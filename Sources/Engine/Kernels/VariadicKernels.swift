import CKernels
import Graphs
import Tensors

/// Elementwise functions of any number of values with broadcasting, folded one after the other into the result.
enum VariadicKernels {
  /// One value as the fold reads it.
  private struct Term {
    let index: Int
    let isWhole: Bool
    let strides: [Int64]
  }

  fileprivate static func plan(_ request: KernelRequest, _ op: pk_binary_op) -> KernelPlan? {
    let shape = request.outputs[0].shape
    guard request.isFloat, shape.rank <= 16, request.inputs.allSatisfy({ $0 != nil }) else { return nil }
    let inputs = request.inputs.map { $0! }
    // The result lies as the first input of its shape does, and the fold starts there.
    let leader = inputs.firstIndex { $0.shape == shape }
    let layout = leader.map { inputs[$0].layout } ?? .plain
    let result = PhysicalType(shape: shape, dataType: .float32, layout: layout)
    let dimensions = result.physicalDimensions.map { Int64($0) }
    let steps = result.strides(over: result)
    let (rank, count) = (Int32(dimensions.count), Int64(shape.count))
    let terms = inputs.enumerated().map { index, type in
      Term(index: index, isWhole: type.shape == shape, strides: type.strides(over: result))
    }
    let first = terms[leader ?? 0]
    let rest = terms.filter { $0.index != first.index }

    var plan = KernelPlan(
      inputLayouts: inputs.map { $0.shape == shape ? layout : nil }, outputLayouts: [layout]
    ) {
      ClosureKernel { operands in
        let y = operands.output()
        guard count > 0 else { return }
        var left = UnsafePointer(operands.input(first.index))
        if !first.isWhole || rest.isEmpty, left != UnsafePointer(y) {
          pk_copy_strided(rank, dimensions, first.strides, steps, 4, left, y)
          left = UnsafePointer(y)
        }
        for term in rest {
          if term.isWhole {
            pk_binary(op, count, left, operands.input(term.index), y)
          } else {
            pk_binary_broadcast(op, rank, dimensions, steps, term.strides, left, operands.input(term.index), y)
          }
          left = UnsafePointer(y)
        }
      }
    }
    if let leader { plan.inPlace = [(0, leader)] }
    return plan
  }

  enum SumKernel: KernelProvider {
    static let kind = Sum.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { VariadicKernels.plan(request, PK_ADD) }
  }
  enum MinKernel: KernelProvider {
    static let kind = Min.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { VariadicKernels.plan(request, PK_MIN) }
  }
  enum MaxKernel: KernelProvider {
    static let kind = Max.kind
    static func plan(_ request: KernelRequest) -> KernelPlan? { VariadicKernels.plan(request, PK_MAX) }
  }
}
