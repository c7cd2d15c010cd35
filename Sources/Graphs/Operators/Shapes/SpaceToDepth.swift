import Tensors

/// Blocks of b x b pixels as b*b channels: batch x channels x height x width becomes
/// batch x channels*b² x height/b x width/b. It undoes `DepthToSpace` of the same order.
public struct SpaceToDepth: ONNXOperator, Differentiable, ChannelCoupled {
  /// The ONNX type.
  public static let kind = "SpaceToDepth"
  /// The block's side b.
  public var blockSize: Int
  /// Which channels a block becomes.
  public var order: DepthToSpace.Order

  /// Makes the operator.
  public init(blockSize: Int, order: DepthToSpace.Order = .depthColumnRow) {
    self.blockSize = blockSize
    self.order = order
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("blocksize", "mode")
    self.init(blockSize: try DepthToSpace.blockSize(of: record), order: try DepthToSpace.order(of: record))
  }

  /// The operator as ONNX has it; orders other than depth first need opset 28.
  public func form() -> NodeForm {
    let attributes: [String: AttributeValue] = ["blocksize": .int(blockSize)]
    guard order != .depthColumnRow else { return NodeForm(Self.kind, attributes) }
    return NodeForm(
      Self.kind, attributes.merging(["mode": .string(order.rawValue)]) { $1 }, opsets: 28...Int.max)
  }

  /// The operator that undoes this one.
  package var inverse: DepthToSpace { DepthToSpace(blockSize: blockSize, order: order) }

  /// More channels and smaller images.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let x = type.shape else { return [type] }
    guard x.rank == 4, let height = x[2].fixedExtent, let width = x[3].fixedExtent, height % blockSize == 0,
      width % blockSize == 0
    else {
      throw PareError(.badInput, "an input of shape \(x) does not split into blocks of \(blockSize)x\(blockSize)")
    }
    let shape: ValueShape = [
      x[0], x[1] * (blockSize * blockSize), .fixed(height / blockSize), .fixed(width / blockSize),
    ]
    return [ValueType(type.dataType, shape)]
  }

  /// The elements in their new places, bit by bit.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let b = blockSize
    let shape: Shape = [x.shape[0], x.shape[1] * b * b, x.shape[2] / b, x.shape[3] / b]
    var sources = [Int](repeating: 0, count: x.count)
    for (place, target) in inverse.offsets(input: shape).enumerated() { sources[target] = place }
    return [x.gathering(sources, shape: shape)]
  }

  /// dx is dy with the blocks put together again.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(inverse, call.gradient)]
  }

  /// A channel goes with all channels that its pixels become.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0) else { return }
    coupling.tie(call.input(0, axis: 0), call.output(axis: 0), count: shape[0])
    let (places, outputs) = (blockSize * blockSize, shape[1] * blockSize * blockSize)
    for c in 0..<shape[1] {
      for place in 0..<places {
        let target = inverse.channel(c, row: place / blockSize, column: place % blockSize, of: outputs)
        coupling.tie(call.input(0, axis: 1), c, of: shape[1], call.output(axis: 1), target, of: outputs)
      }
    }
  }
}
