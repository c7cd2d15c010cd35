import Tensors

/// How scales and zero points lie over a tensor: one for all of it, or one per index of an axis. Shared by
/// `QuantizeLinear` and `DequantizeLinear`.
public struct QuantizationGrid: Sendable, Hashable {
  /// The axis that scales of rank 1 run along; unused where the scale is a single number.
  public var axis: Int

  /// Makes a grid.
  public init(axis: Int = 1) { self.axis = axis }

  /// Reads the axis; blocks of several indices per scale are refused.
  init(record: NodeRecord) throws {
    guard try record.int("block_size") ?? 0 == 0 else { throw record.unsupported("block_size (blocked quantization)") }
    axis = try record.int("axis") ?? 1
  }

  /// Checks that scale and zero point fit a tensor.
  func check(_ shape: ValueShape?, scale: InputFact, zeroPoint: InputFact?) throws {
    guard let scales = scale.type.shape else { return }
    if let points = zeroPoint?.type.shape, points != scales {
      throw PareError(.badInput, "scale of shape \(scales) and zero point of shape \(points) do not fit")
    }
    if scales.elementCount == .fixed(1) { return }
    guard let shape else { return }
    guard scales.rank == 1, try shape[Shape.normalizedAxis(axis, rank: shape.rank)] == scales[0] else {
      throw PareError(.badInput, "scales of shape \(scales) do not fit axis \(axis) of \(shape)")
    }
  }

  /// For each element of a tensor the index of its scale.
  func scaleIndices(of shape: Shape, scaleCount: Int) throws -> [Int] {
    guard scaleCount > 1 else { return [Int](repeating: 0, count: shape.count) }
    let axis = try Shape.normalizedAxis(axis, rank: shape.rank)
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    return (0..<shape.count).map { $0 / inner % scaleCount }
  }

  /// The scale under a shape that broadcasts over a tensor of rank `rank`.
  func broadcastScale(_ scale: Value, rank: Int, in builder: GraphBuilder) throws -> Value {
    let shape = try builder.shape(of: scale)
    guard shape.elementCount != .fixed(1), rank > 1 else { return scale }
    var target = ValueShape(Array(repeating: .fixed(1), count: rank))
    target[try Shape.normalizedAxis(axis, rank: rank)] = shape[0]
    return try builder.add(Reshape(to: target), scale)
  }

  /// Couples input and output index by index, and scales and zero points with the axis they run along.
  func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0) else { return }
    coupling.tieAxes(shape.dimensions.indices.map { ($0, $0) }, of: call)
    guard let axis = try? Shape.normalizedAxis(axis, rank: shape.rank) else { return }
    for input in 1..<call.inputs.count where !call.inputs[input].isEmpty {
      guard let extents = call.inputShape(input), extents.count > 1 else { continue }
      coupling.tie(call.input(input, axis: 0), call.output(axis: axis), count: extents[0])
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
