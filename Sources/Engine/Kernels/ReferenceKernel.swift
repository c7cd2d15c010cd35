import Graphs
import Tensors

/// Runs an operator's reference evaluation inside a program: right, slow, and marked as such by `profile`.
final class ReferenceKernel: Kernel {
  private let node: Node
  private let batch: Int
  private let seed: RunSeed
  private let inputTypes: [PhysicalType?]
  private let outputTypes: [(shape: Shape, dataType: DataType)]
  private var operands: Operands?

  init(_ request: KernelRequest, batch: Int) {
    node = request.node
    self.batch = batch
    seed = request.seed
    inputTypes = request.inputs
    outputTypes = request.outputs
  }

  static func plan(_ request: KernelRequest, batch: Int) -> KernelPlan {
    var plan = KernelPlan.plain(request) { ReferenceKernel(request, batch: batch) }
    plan.isReference = true
    plan.implementation = "reference"
    return plan
  }

  func bind(_ operands: Operands) { self.operands = operands }

  func run() throws {
    let operands = operands!
    let inputs = try zip(operands.inputs, inputTypes).map { pointer, type -> Tensor? in
      guard let pointer, let type else { return nil }
      return try Tensor(
        bytes: UnsafeRawBufferPointer(start: pointer, count: type.byteCount), shape: type.shape, dataType: type.dataType
      )
    }
    let results: [Tensor]
    do {
      results = try node.op.evaluate(inputs, in: EvaluationContext(batch: batch, seed: seed.value))
    } catch let error as PareError {
      throw error.within("operator", node.op.kind).within("node", node.name)
    }
    for (index, result) in results.enumerated() where index < operands.outputs.count {
      guard let target = operands.outputs[index] else { continue }
      precondition(
        result.shape == outputTypes[index].shape, "\(node.name): \(result.shape), not \(outputTypes[index].shape)")
      result.cast(to: outputTypes[index].dataType).withUnsafeBytes { bytes in
        if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
      }
    }
  }
}
