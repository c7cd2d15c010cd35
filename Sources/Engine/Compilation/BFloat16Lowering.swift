import Graphs
import Tensors

/// Which values of a program are kept in bfloat16, and the plans of the kernels that read and write them.
///
/// A value is made in bfloat16 where somebody who multiplies or normalises will read it so, be it through elementwise
/// functions and moves. Everything else stays float32: losses, softmax, statistics, parameters and their gradients.
struct BFloat16Lowering {
  private var wanted = Set<String>()

  /// - Parameter request: a request for a node in which nothing is known about layouts.
  init(_ graph: Graph, request: (Node) -> KernelRequest?) {
    for node in graph.nodes.reversed() {
      guard let provider = KernelList.byKind[node.op.kind] else { continue }
      if provider is any BFloat16Kernel.Type {
        wanted.formUnion(node.inputs)
      } else if node.outputs.contains(where: wanted.contains), let request = request(node),
        let form = try? provider.plan(request)?.bfloat16Form, form.passesBFloat16
      {
        wanted.formUnion(node.inputs)
      }
    }
  }

  /// Whether a value is made in bfloat16 where its kernel can.
  func isWanted(_ value: String) -> Bool { wanted.contains(value) }

  /// The plan for a node whose inputs are kept in bfloat16; nil where the plan for float32 serves.
  func plan(
    _ float: KernelPlan, by provider: any KernelProvider.Type, _ request: KernelRequest
  ) throws -> KernelPlan? {
    switch float.bfloat16Form {
    case .none: nil
    case .moves: try moving(by: provider, request)
    case .elementwise(let direct): try onePass(float, direct, request) ?? blockwise(float, by: provider, request)
    case .samples: try blockwise(float, by: provider, request)
    }
  }

  private func blockwise(
    _ float: KernelPlan, by provider: any KernelProvider.Type, _ request: KernelRequest
  ) throws -> KernelPlan? {
    try BlockwiseBFloat16Kernel.plan(float, by: provider, request)
  }

  private func onePass(
    _ float: KernelPlan, _ direct: ((Int64, Operands) -> Void)?, _ request: KernelRequest
  ) -> KernelPlan? {
    let shape = request.outputs[0].shape
    guard let direct, request.wantsBFloat16[0],
      request.inputs.indices.allSatisfy({ request.isKeptInBFloat16($0) && request.inputs[$0]!.shape == shape })
    else { return nil }
    var plan = float
    plan.inputTypes = request.inputs.map { _ in .bfloat16 }
    plan.outputTypes = [.bfloat16]
    plan.implementation = "pare bf16"
    plan.make = { ClosureKernel { direct(Int64(shape.count), $0) } }
    return plan
  }

  private func moving(by provider: any KernelProvider.Type, _ request: KernelRequest) throws -> KernelPlan? {
    let floats = request.inputs.indices.filter { request.inputs[$0]?.dataType == .float32 }
    guard !floats.isEmpty, floats.allSatisfy(request.isKeptInBFloat16) else { return nil }
    var half = request
    for index in floats { half.inputs[index]?.dataType = .bfloat16 }
    for index in half.outputs.indices { half.outputs[index].dataType = .bfloat16 }
    var plan = try provider.plan(half)
    plan?.inputTypes = half.inputs.map { $0?.dataType }
    plan?.outputTypes = half.outputs.map(\.dataType)
    return plan
  }
}
