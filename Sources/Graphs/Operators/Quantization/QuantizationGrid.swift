import Tensors

/// How scales and zero points lie over a tensor: one for all of it, one per index of an axis, or one per block of indices
/// of an axis (and per index of every other axis). Shared by `QuantizeLinear` and `DequantizeLinear`.
public struct QuantizationGrid: Sendable, Hashable {
  /// The axis that scales of rank 1, or blocks, run along; unused where the scale is a single number.
  public var axis: Int
  /// How many indices of the axis share a scale, the last ones possibly fewer; 0 where there are no blocks.
  public var blockSize: Int

  /// Makes a grid.
  public init(axis: Int = 1, blockSize: Int = 0) {
    self.axis = axis
    self.blockSize = blockSize
  }

  /// Reads axis and block size.
  init(record: NodeRecord) throws {
    axis = try record.int("axis") ?? 1
    blockSize = try record.int("block_size") ?? 0
    guard blockSize >= 0 else { throw record.unsupported("block_size \(blockSize)") }
  }

  /// The attributes as ONNX has them; blocks only where there are any, since they need operator set 21.
  var attributes: [String: AttributeValue] {
    blockSize == 0 ? ["axis": .int(axis)] : ["axis": .int(axis), "block_size": .int(blockSize)]
  }

  /// Checks that scale and zero point fit a tensor.
  func check(_ shape: ValueShape?, scale: InputFact, zeroPoint: InputFact?) throws {
    guard let scales = scale.type.shape else { return }
    let isSingle = scales.elementCount == .fixed(1)
    if let points = zeroPoint?.type.shape, points != scales, !isSingle || points.elementCount != .fixed(1) {
      throw PareError(.badInput, "scale of shape \(scales) and zero point of shape \(points) do not fit")
    }
    if isSingle, blockSize == 0 { return }
    guard let shape else { return }
    let isFitting =
      blockSize == 0
      ? try scales.rank == 1 && shape[Shape.normalizedAxis(axis, rank: shape.rank)] == scales[0]
      : try blockedShape(of: shape) == scales
    guard isFitting else {
      let blocks = blockSize == 0 ? "" : " in blocks of \(blockSize)"
      throw PareError(.badInput, "scales of shape \(scales) do not fit axis \(axis) of \(shape)\(blocks)")
    }
  }

  /// The shape of the scales of a tensor in blocks.
  private func blockedShape(of shape: ValueShape) throws -> ValueShape {
    var result = shape
    let axis = try Shape.normalizedAxis(axis, rank: shape.rank)
    guard let extent = shape[axis].fixedExtent else {
      throw PareError(.unsupported, "blocks along axis \(axis) of \(shape), which depends on the batch size")
    }
    result[axis] = .fixed((extent + blockSize - 1) / blockSize)
    return result
  }

  /// For each element of a tensor the index of its scale.
  func scaleIndices(of shape: Shape, scaleCount: Int) throws -> [Int] {
    guard scaleCount > 1 else { return [Int](repeating: 0, count: shape.count) }
    let axis = try Shape.normalizedAxis(axis, rank: shape.rank)
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    guard blockSize > 0 else { return (0..<shape.count).map { $0 / inner % scaleCount } }
    let extent = shape[axis]
    let blocks = (extent + blockSize - 1) / blockSize
    return (0..<shape.count).map { index in
      let (outer, position) = (index / (inner * extent), index / inner % extent)
      return (outer * blocks + position / blockSize) * inner + index % inner
    }
  }

  /// The scale under a shape that broadcasts over a tensor of a given shape.
  func broadcastScale(_ scale: Value, over shape: ValueShape, in builder: GraphBuilder) throws -> Value {
    let scales = try builder.shape(of: scale)
    let rank = shape.rank
    guard scales.elementCount != .fixed(1), rank > 1 || blockSize > 0 else { return scale }
    let axis = try Shape.normalizedAxis(axis, rank: rank)
    if blockSize > 0, let extent = shape[axis].fixedExtent {
      let indices = Tensor((0..<extent).map { Int64($0 / blockSize) })
      return try builder.add(Gather(axis: axis), scale, builder.parameter("blocks", indices))
    }
    var target = ValueShape(Array(repeating: .fixed(1), count: rank))
    target[axis] = scales[0]
    return try builder.add(Reshape(to: target), scale)
  }

  /// Couples input and output index by index, and scales and zero points with the axes they run along. The axis of
  /// blocks keeps its indices.
  func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0) else { return }
    coupling.tieAxes(shape.dimensions.indices.map { ($0, $0) }, of: call)
    guard let axis = try? Shape.normalizedAxis(axis, rank: shape.rank) else { return }
    for input in 1..<call.inputs.count where !call.inputs[input].isEmpty {
      guard let extents = call.inputShape(input), extents.count > 1 || blockSize > 0 else { continue }
      if blockSize == 0 {
        coupling.tie(call.input(input, axis: 0), call.output(axis: axis), count: extents[0])
      } else {
        for other in shape.dimensions.indices where other != axis {
          coupling.tie(call.input(input, axis: other), call.output(axis: other), count: shape[other])
        }
        coupling.block(
          call.output(axis: axis), count: shape[axis], reason: "\(call.outputs[0]): scales in blocks of \(blockSize)")
      }
    }
  }
}

extension DataType {
  /// The least and greatest integer that a quantized type holds.
  var quantizedRange: ClosedRange<Double>? {
    switch self {
    case .int8: -128...127
    case .uint8: 0...255
    case .int16: -32768...32767
    case .uint16: 0...65535
    case .int32: -2_147_483_648...2_147_483_647
    default: nil
    }
  }
}
