import Tensors

/// Groups of b*b channels spread over blocks of b x b pixels: batch x channels x height x width becomes
/// batch x channels/b² x height*b x width*b (Shi et al. 2016, "sub-pixel convolution", PyTorch's pixel shuffle).
public struct DepthToSpace: ONNXOperator, Differentiable, ChannelCoupled {
  /// Which channels make a block.
  public enum Order: String, Sendable, Hashable {
    /// Channel (row * b + column) * channels/b² + c, depth first.
    case depthColumnRow = "DCR"
    /// Channel c * b² + row * b + column, as PyTorch has it.
    case columnRowDepth = "CRD"
  }

  /// The ONNX type.
  public static let kind = "DepthToSpace"
  /// The block's side b.
  public var blockSize: Int
  /// Which channels make a block.
  public var order: Order

  /// Makes the operator.
  public init(blockSize: Int, order: Order = .depthColumnRow) {
    self.blockSize = blockSize
    self.order = order
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("blocksize", "mode")
    self.init(blockSize: try Self.blockSize(of: record), order: try Self.order(of: record))
  }

  static func order(of record: NodeRecord) throws -> Order {
    let mode = try record.string("mode") ?? Order.depthColumnRow.rawValue
    guard let order = Order(rawValue: mode) else { throw record.unsupported("mode \"\(mode)\" is not known") }
    return order
  }

  static func blockSize(of record: NodeRecord) throws -> Int {
    guard let size = try record.int("blocksize"), size > 0, size <= 1 << 15 else {
      throw PareError(
        .badInput, "the attribute \"blocksize\" is missing or no size",
        context: ["node": record.name, "operator": record.type])
    }
    return size
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm {
    NodeForm(Self.kind, ["blocksize": .int(blockSize), "mode": .string(order.rawValue)])
  }

  /// Fewer channels and larger images.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let x = type.shape else { return [type] }
    guard x.rank == 4, let channels = x[1].fixedExtent, channels % (blockSize * blockSize) == 0 else {
      throw PareError(.badInput, "the channels of an input of shape \(x) make no blocks of \(blockSize)x\(blockSize)")
    }
    let shape: ValueShape = [
      x[0], .fixed(channels / (blockSize * blockSize)), x[2] * blockSize, x[3] * blockSize,
    ]
    return [ValueType(type.dataType, shape)]
  }

  /// The input's channel for an output channel and a place in its block.
  package func channel(_ channel: Int, row: Int, column: Int, of channels: Int) -> Int {
    let place = row * blockSize + column
    return switch order {
    case .depthColumnRow: place * (channels / (blockSize * blockSize)) + channel
    case .columnRowDepth: channel * blockSize * blockSize + place
    }
  }

  /// The offset in the input of every element of the output.
  func offsets(input: Shape) -> [Int] {
    let (b, strides) = (blockSize, input.strides)
    var offsets: [Int] = []
    offsets.reserveCapacity(input.count)
    for n in 0..<input[0] {
      for c in 0..<(input[1] / (b * b)) {
        for h in 0..<(input[2] * b) {
          for w in 0..<(input[3] * b) {
            let source = channel(c, row: h % b, column: w % b, of: input[1])
            offsets.append(n * strides[0] + source * strides[1] + h / b * strides[2] + w / b * strides[3])
          }
        }
      }
    }
    return offsets
  }

  private func outputShape(_ x: Shape) -> Shape {
    [x[0], x[1] / (blockSize * blockSize), x[2] * blockSize, x[3] * blockSize]
  }

  /// The elements in their new places, bit by bit.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    return [x.gathering(offsets(input: x.shape), shape: outputShape(x.shape))]
  }

  /// dx is dy with every element back in its channel.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(SpaceToDepth(blockSize: blockSize, order: order), call.gradient)]
  }

  /// An output channel goes with all channels of its blocks.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0) else { return }
    coupling.tie(call.input(0, axis: 0), call.output(axis: 0), count: shape[0])
    let outputs = shape[1] / (blockSize * blockSize)
    for c in 0..<outputs {
      for place in 0..<(blockSize * blockSize) {
        let source = channel(c, row: place / blockSize, column: place % blockSize, of: shape[1])
        coupling.tie(call.input(0, axis: 1), source, of: shape[1], call.output(axis: 1), c, of: outputs)
      }
    }
  }
}

extension GraphBuilder {
  /// Spreads groups of channels over blocks of pixels, in PyTorch's order.
  public func pixelShuffle(_ x: Value, by factor: Int) throws -> Value {
    try add(DepthToSpace(blockSize: factor, order: .columnRowDepth), x)
  }
}
