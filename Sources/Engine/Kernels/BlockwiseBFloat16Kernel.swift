import CKernels
import Graphs
import Tensors

/// A kernel for float32 run on bfloat16 values: block after block is widened into the cache, computed there, and rounded
/// on its way back. Blocks are rows of an elementwise function, or whole samples.
final class BlockwiseBFloat16Kernel: Kernel {
  /// Elements in a block of rows: three of them, widened, leave room in a first-level cache for what streams by.
  private static let blockElements = 1024

  /// A plan where all inputs that are as large as the result are kept in bfloat16; otherwise nil.
  static func plan(
    _ float: KernelPlan, by provider: any KernelProvider.Type, _ request: KernelRequest
  ) throws -> KernelPlan? {
    guard let blocks = BFloat16Blocks(float, request, elements: blockElements) else { return nil }
    let output: DataType = request.wantsBFloat16[0] ? .bfloat16 : .float32
    // A part is what a thread does; each has kernels and memory of its own.
    let parts = min(Int(pk_max_threads()), blocks.rows.count, max(1, blocks.elements / 32_768))
    func kernel(_ size: Int) throws -> (any Kernel)? {
      let plan = try provider.plan(blocks.request(request, size: size))
      return plan?.scratchBytes == 0 ? try plan?.make() : nil
    }
    let made = try (0..<parts).map { _ in (whole: try kernel(blocks.rows.size), last: try kernel(blocks.rows.lastSize))
    }
    let kernels = made.compactMap { pair in pair.whole.flatMap { whole in pair.last.map { (whole, $0) } } }
    guard kernels.count == parts else { return nil }
    var plan = KernelPlan(inputLayouts: float.inputLayouts, outputLayouts: float.outputLayouts) {
      BlockwiseBFloat16Kernel(blocks, output: output, kernels: kernels)
    }
    plan.inputTypes = blocks.inputs.map { $0.isBlocked ? .bfloat16 : .float32 }
    plan.outputTypes = [output]
    plan.scratchBytes = parts * blocks.scratchBytes
    if output == .bfloat16 { plan.inPlace = float.inPlace.filter { blocks.inputs[$0.input].isBlocked } }
    plan.implementation = "pare bf16"
    return plan
  }

  /// An input that a thread copies for every block.
  private struct Copy {
    var target: UnsafeMutablePointer<Float>
    var unit: Int
    /// Where all of it lies: elements of blocks, or else what groups read.
    var blocks: UnsafeMutablePointer<UInt16>?
    var groups: UnsafeMutablePointer<Float>?
  }

  /// What a thread does.
  private final class Part {
    let whole: any Kernel
    let last: any Kernel
    var copies: [Copy] = []
    var result: UnsafeMutablePointer<Float>?
    var failure: (any Error)?

    init(_ kernels: (whole: any Kernel, last: any Kernel)) { (whole, last) = kernels }
  }

  private let blocks: BFloat16Blocks
  private let rows: BFloat16Blocks.Rows
  private let output: DataType
  private let parts: [Part]
  private var target: UnsafeMutableRawPointer?

  private init(
    _ blocks: BFloat16Blocks, output: DataType, kernels: [(whole: any Kernel, last: any Kernel)]
  ) {
    self.blocks = blocks
    rows = blocks.rows
    self.output = output
    parts = kernels.map(Part.init)
  }

  func bind(_ operands: Operands) {
    target = operands.outputs[0]
    for (index, part) in parts.enumerated() {
      let base = operands.scratch + index * blocks.scratchBytes
      func place(_ operand: Int) -> UnsafeMutableRawPointer { base + blocks.scratchOffsets[operand] }
      let result = place(operands.inputs.count)
      let inner = Operands(
        inputs: operands.inputs.enumerated().map { blocks.inputs[$0].isCopied ? place($0) : $1 }, outputs: [result],
        scratch: base)
      part.whole.bind(inner)
      part.last.bind(inner)
      part.result = result.assumingMemoryBound(to: Float.self)
      part.copies = blocks.inputs.enumerated().filter { $1.isCopied }.map { index, input in
        Copy(
          target: inner.input(index), unit: input.unit,
          blocks: input.isBlocked ? operands.bfloat16Input(index) : nil,
          groups: input.isBlocked ? nil : operands.input(index))
      }
    }
  }

  func run() throws {
    pk_parallel_for(
      Int64(parts.count), 1,
      { context, begin, end in
        let kernel = Unmanaged<BlockwiseBFloat16Kernel>.fromOpaque(context!).takeUnretainedValue()
        for part in Int(begin)..<Int(end) { kernel.run(part: part) }
      }, Unmanaged.passUnretained(self).toOpaque())
    for part in parts { if let failure = part.failure { throw failure } }
  }

  private func run(part index: Int) {
    let (part, rows, target) = (parts[index], rows, target!)
    let (whole, last, copies, result) = (part.whole, part.last, part.copies, part.result!)
    let isRounded = output == .bfloat16
    for block in rows.count * index / parts.count..<rows.count * (index + 1) / parts.count {
      let place = rows.place(of: block)
      for copy in copies {
        if let blocks = copy.blocks {
          pk_float_from_bf16(Int64(place.size * copy.unit), blocks + place.first * copy.unit, copy.target)
        } else if let groups = copy.groups {
          copy.target.update(from: groups + place.group * copy.unit, count: copy.unit)
        }
      }
      do {
        try (place.size == rows.size ? whole : last).run()
      } catch {
        part.failure = error
      }
      let (first, count) = (place.first * rows.outputUnit, place.size * rows.outputUnit)
      if isRounded {
        pk_bf16_from_float(Int64(count), result, target.assumingMemoryBound(to: UInt16.self) + first)
      } else {
        (target.assumingMemoryBound(to: Float.self) + first).update(from: result, count: count)
      }
    }
  }
}
