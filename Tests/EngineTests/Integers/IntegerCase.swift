import Graphs
import Tensors

/// A network between QuantizeLinear and DequantizeLinear, and what it must run as.
struct IntegerCase: Sendable, CustomStringConvertible {
  let name: String
  let shape: ValueShape
  /// The format of the input.
  let input: Format
  /// The operators between the first quantization and the last dequantization, conversions of layout left out.
  let runs: [String]
  let build: @Sendable (GraphBuilder, Value) throws -> Value
  var description: String { name }

  /// How an activation is rounded.
  struct Format: Sendable {
    var scale: Float
    var zeroPoint: Int
    var type: DataType

    static let unsigned = Format(scale: 0.02, zeroPoint: 0, type: .uint8)
    static let signed = Format(scale: 0.03, zeroPoint: 0, type: .int8)
    static let shifted = Format(scale: 0.025, zeroPoint: 117, type: .uint8)
    static let shiftedSigned = Format(scale: 0.028, zeroPoint: -9, type: .int8)
  }

  init(
    _ name: String, shape: ValueShape = [.batch, .fixed(5), .fixed(7), .fixed(6)], input: Format = .signed,
    runs: [String], _ build: @escaping @Sendable (GraphBuilder, Value) throws -> Value
  ) {
    self.name = name
    self.shape = shape
    self.input = input
    self.runs = runs
    self.build = build
  }

  /// Input, quantization, the case's nodes on what is dequantized, output.
  func graph() throws -> Graph {
    let b = GraphBuilder(name: name)
    let x = try b.rounded(b.input("x", shape: shape), input)
    try b.output(build(b, x), as: "y")
    return try b.build()
  }

  func tensor(batch: Int) -> Tensor {
    var random = RandomSource(seed: 7, 1)
    return .normal(shape.bound(toBatch: batch), deviation: 1.5, from: &random)
  }

  static func weights(_ shape: Shape, seed: UInt64 = 3) -> Tensor {
    var random = RandomSource(seed: seed, 2)
    let values = Tensor.uniform(shape, in: -127...127, from: &random).floats
    return Tensor(values.map { Int8($0.rounded()) }, shape: shape)
  }

  static let window = SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])
}

extension GraphBuilder {
  /// QuantizeLinear and DequantizeLinear of a value.
  func rounded(_ x: Value, _ format: IntegerCase.Format) throws -> Value {
    let scale = scalar(format.scale, name: "scale")
    let zero = parameter("zero", Tensor(doubles: [Double(format.zeroPoint)], shape: [], dataType: format.type))
    return try add(DequantizeLinear(), add(QuantizeLinear(), x, scale, zero), scale, zero)
  }

  /// Dequantized int8 weights with a scale per output, or one.
  func integerWeights(
    _ shape: Shape, axis: Int = 0, perOutput: Bool = true, unsignedZeroPoint: Int? = nil
  ) throws -> Value {
    var integers = IntegerCase.weights(shape)
    let scales = (0..<(perOutput ? shape[axis] : 1)).map { 0.003 + 0.0007 * Float($0 % 4) }
    let scale = perOutput ? parameter("weight.scale", Tensor(scales)) : scalar(scales[0], name: "weight.scale")
    var zero: Value?
    if let point = unsignedZeroPoint {
      integers = Tensor(integers.integers.map { UInt8(clamping: $0 + 128) }, shape: shape)
      let points = scales.map { _ in UInt8(point) }
      zero = parameter("weight.zero", perOutput ? Tensor(points) : Tensor(scalar: points[0]))
    }
    return try add(DequantizeLinear(axis: axis), [parameter("weight", integers), scale] + (zero.map { [$0] } ?? []))[0]
  }

  /// A dequantized int32 bias in units of 0.0001.
  func integerBias(_ count: Int) throws -> Value {
    let integers = Tensor((0..<count).map { Int32($0 * 1700 - 4000) })
    return try add(DequantizeLinear(), parameter("bias", integers), scalar(0.0001, name: "bias.scale"))
  }

  /// A padded 3x3 convolution with integer weights and bias.
  func integerConvolution(_ x: Value, outputs: Int, groups: Int = 1) throws -> Value {
    let channels = try extent(of: x, axis: 1)
    return try add(
      Convolution(window: IntegerCase.window, groups: groups), x,
      integerWeights([outputs, channels / groups, 3, 3]), integerBias(outputs))
  }
}
