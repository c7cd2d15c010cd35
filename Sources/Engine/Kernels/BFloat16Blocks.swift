import Graphs
import Tensors

/// How the work of a kernel is cut into blocks of rows (elementwise functions) or of samples.
///
/// A row is one step of all axes but the fastest; rows of a group (all of them, or those of one sample) share the
/// vectors and numbers that are broadcast over them.
struct BFloat16Blocks {
  /// What a block takes from an input.
  struct Input {
    /// Whether it is cut like the result; otherwise all rows of a group read the same elements.
    var isBlocked: Bool
    /// Whether a block's elements are copied; otherwise the kernel reads them where they are.
    var isCopied: Bool
    /// Elements of a row or sample, or of what a group reads.
    var unit: Int
  }

  /// How rows or samples are shared out.
  struct Rows {
    /// Rows in a block, and in the last block of a group.
    var size: Int
    var lastSize: Int
    /// All blocks.
    var count: Int
    /// Elements of the result for one row.
    var outputUnit: Int
    fileprivate var ofGroup: Int
    fileprivate var blocksOfGroup: Int

    /// The first row of a block, how many there are, and the group that it belongs to.
    func place(of block: Int) -> (first: Int, size: Int, group: Int) {
      let (group, position) = block.quotientAndRemainder(dividingBy: blocksOfGroup)
      return (
        first: group * ofGroup + position * size, size: position == blocksOfGroup - 1 ? lastSize : size, group: group
      )
    }
  }

  /// The inputs, in order.
  private(set) var inputs: [Input] = []
  /// How rows or samples are shared out.
  let rows: Rows
  /// All elements that are worked on.
  let elements: Int
  /// Bytes that a thread needs, and where in them each input and then the result lies.
  private(set) var scratchBytes = 0
  private(set) var scratchOffsets: [Int] = []
  private let isBySample: Bool
  private let layouts: [Layout]

  /// Nil where an input that is as large as the result is not kept in bfloat16, or one is broadcast in another way.
  init?(_ plan: KernelPlan, _ request: KernelRequest, elements limit: Int) {
    isBySample = if case .samples = plan.bfloat16Form { true } else { false }
    layouts = plan.inputLayouts.map { $0 ?? plan.outputLayouts[0] }
    guard request.outputs.count == 1, request.inputs.allSatisfy({ $0?.dataType == .float32 }) else { return nil }
    let output = PhysicalType(shape: request.outputs[0].shape, dataType: .float32, layout: plan.outputLayouts[0])
    guard output.shape.count > 0, output.shape.rank > 0 else { return nil }
    elements = max(output.shape.count, request.inputs.map { $0!.shape.count }.max() ?? 0)
    var groups = 1
    let (outputUnit, size, rowsOfGroup): (Int, Int, Int)
    if isBySample {
      let samples = output.shape[0]
      for (index, type) in request.inputs.enumerated() {
        guard let shape = type?.shape, shape.rank > 0, shape[0] == samples, request.isKeptInBFloat16(index) else {
          return nil
        }
        inputs.append(Input(isBlocked: true, isCopied: true, unit: shape.count / samples))
      }
      (outputUnit, size, rowsOfGroup) = (output.shape.count / samples, 1, samples)
    } else {
      let kinds = request.inputs.map { Self.kind(of: $0!.shape, in: output) }
      guard !kinds.contains(nil), kinds.contains(.all) else { return nil }
      let channels = kinds.contains { $0 == .channels || $0 == .channelsOfSample } ? output.physicalDimensions.last! : 1
      if kinds.contains(where: { $0 == .channelsOfSample || $0 == .numberOfSample }) { groups = output.shape[0] }
      for (index, kind) in kinds.enumerated() {
        if kind == .all, !request.isKeptInBFloat16(index) { return nil }
        inputs.append(
          Input(
            isBlocked: kind == .all, isCopied: kind != .number && kind != .channels,
            unit: kind == .number || kind == .numberOfSample ? 1 : channels))
      }
      outputUnit = channels
      rowsOfGroup = output.shape.count / channels / groups
      size = min(rowsOfGroup, max(1, limit / channels))
    }
    let blocksOfGroup = (rowsOfGroup + size - 1) / size
    rows = Rows(
      size: size, lastSize: rowsOfGroup - (blocksOfGroup - 1) * size, count: groups * blocksOfGroup,
      outputUnit: outputUnit, ofGroup: rowsOfGroup, blocksOfGroup: blocksOfGroup)
    for unit in inputs.map({ $0.isCopied ? $0.unit * ($0.isBlocked ? size : 1) : 0 }) + [outputUnit * size] {
      scratchOffsets.append(scratchBytes)
      scratchBytes += AlignedMemory.padded(unit * 4)
    }
  }

  private enum Kind {
    case all, number, numberOfSample, channels, channelsOfSample
  }

  /// How a shape is broadcast to the result's; nil for ways that are not foreseen.
  private static func kind(of shape: Shape, in output: PhysicalType) -> Kind? {
    if shape == output.shape { return .all }
    if shape.count == 1 { return .number }
    let offset = output.shape.rank - shape.rank
    let kept = Set(shape.dimensions.indices.filter { shape[$0] != 1 }.map { $0 + offset })
    let fastest = output.axisOrder.last!
    if kept == [0], fastest != 0 { return .numberOfSample }
    guard kept.isSubset(of: [0, fastest]), kept.contains(fastest) else { return nil }
    return kept.contains(0) && fastest != 0 ? .channelsOfSample : .channels
  }

  /// The request for a kernel on one block.
  func request(_ whole: KernelRequest, size: Int) -> KernelRequest {
    var request = whole
    func sample(_ shape: Shape) -> Shape { Shape([size] + Array(shape.dimensions.dropFirst())) }
    for index in inputs.indices {
      let shape: Shape =
        isBySample
        ? sample(whole.inputs[index]!.shape)
        : inputs[index].isBlocked ? [size, rows.outputUnit] : [inputs[index].unit]
      request.inputs[index] = PhysicalType(
        shape: shape, dataType: .float32, layout: isBySample ? layouts[index] : .plain)
    }
    request.storedTypes = request.inputs.map { $0?.dataType }
    request.outputs[0].shape = isBySample ? sample(whole.outputs[0].shape) : [size, rows.outputUnit]
    return request
  }
}
