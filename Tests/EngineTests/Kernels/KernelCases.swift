import Graphs
import Tensors

/// A small graph whose compiled form must agree with its reference evaluation.
struct KernelCase: Sendable, CustomStringConvertible {
  let name: String
  let batch: Int
  let shape: ValueShape
  let build: @Sendable (GraphBuilder, Value) throws -> Value
  var description: String { name }

  init(
    _ name: String, batch: Int = 2, shape: ValueShape = [.batch, .fixed(5), .fixed(7), .fixed(6)],
    _ build: @escaping @Sendable (GraphBuilder, Value) throws -> Value
  ) {
    self.name = name
    self.batch = batch
    self.shape = shape
    self.build = build
  }

  /// The graph: one input, the case's nodes, and an output.
  func graph() throws -> Graph {
    let b = GraphBuilder(name: name)
    let y = try build(b, b.input("x", shape: shape))
    try b.output(y, as: "y")
    return try b.build()
  }

  func input() -> Tensor {
    var random = RandomSource(seed: 7, 1)
    return .normal(shape.bound(toBatch: batch), from: &random)
  }

  static let matrix: ValueShape = [.batch, .fixed(12)]

  static func weights(_ shape: Shape, seed: UInt64 = 3) -> Tensor {
    var random = RandomSource(seed: seed, 2)
    return .normal(shape, deviation: 0.5, from: &random)
  }

  static func convolution(
    _ b: GraphBuilder, _ x: Value, _ shape: Shape, window: SpatialWindow, groups: Int = 1, bias: Bool = true
  ) throws -> Value {
    let inputs: [Value?] =
      [x, b.parameter("w", weights(shape))] + (bias ? [b.parameter("b", weights([shape[0]], seed: 5))] : [])
    return try b.add(Convolution(window: window, groups: groups), inputs)[0]
  }

  /// Every operator with a kernel, in forms that take different paths.
  static let all = general + functions + choices + losses

  /// Layers, activations, arithmetic, shapes and reductions.
  static let general: [KernelCase] = [
    KernelCase("convolution 3x3") {
      try convolution($0, $1, [4, 5, 3, 3], window: SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1]))
    },
    KernelCase("convolution asymmetric pads, stride, dilation", batch: 1) {
      try convolution(
        $0, $1, [3, 5, 3, 2],
        window: SpatialWindow(kernel: [3, 2], strides: [2, 1], dilations: [1, 2], pads: [0, 2, 1, 0]), bias: false)
    },
    KernelCase("depthwise convolution") {
      try convolution(
        $0, $1, [5, 1, 3, 3], window: SpatialWindow(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), groups: 5)
    },
    KernelCase("grouped convolution", shape: [.batch, .fixed(6), .fixed(5), .fixed(5)]) {
      try convolution($0, $1, [4, 3, 1, 1], window: SpatialWindow(kernel: [1, 1]), groups: 2)
    },
    KernelCase("convolution auto_pad", batch: 3) {
      try convolution(
        $0, $1, [4, 5, 3, 3], window: SpatialWindow(kernel: [3, 3], strides: [2, 2], autoPad: .sameUpper))
    },
    KernelCase("convolution over one axis", shape: [.batch, .fixed(5), .fixed(9)]) {
      try convolution($0, $1, [4, 5, 3], window: SpatialWindow(kernel: [3], pads: [1, 1]))
    },
    KernelCase("residual block") { b, x in
      let window = SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])
      let inner = try b.relu(convolution(b, x, [4, 5, 3, 3], window: window))
      return try b.relu(b.sum(convolution(b, inner, [5, 4, 3, 3], window: window), x))
    },
    KernelCase("two residual blocks that read each other's sum") { b, x in
      let window = SpatialWindow(kernel: [1, 1])
      let first = try b.relu(b.sum(x, convolution(b, x, [5, 5, 1, 1], window: window)))
      let second = try b.sum(convolution(b, first, [5, 5, 1, 1], window: window), first)
      return try b.sum(second, first)
    },
    KernelCase("batch normalisation") { try $0.batchNormalization($1) },
    KernelCase("batch normalisation of a matrix", batch: 9, shape: matrix) { try $0.batchNormalization($1) },
    KernelCase("relu") { try $0.relu($1) },
    KernelCase("relu6") { try $0.relu6($1) },
    KernelCase("sigmoid") { b, x in try b.add(Sigmoid(), x) },
    KernelCase("hard sigmoid") { b, x in try b.add(HardSigmoid(), x) },
    KernelCase("hard swish") { b, x in try b.add(HardSwish(), x) },
    KernelCase("tanh") { b, x in try b.add(Tanh(), x) },
    KernelCase("softmax", shape: matrix) { b, x in try b.add(Softmax(), x) },
    KernelCase("log softmax", shape: matrix) { b, x in try b.add(LogSoftmax(), x) },
    KernelCase("softmax over channels") { b, x in try b.add(Softmax(axis: 1), x) },
    KernelCase("add per channel") { b, x in try b.sum(x, b.parameter("c", weights([5, 1, 1]))) },
    KernelCase("channel after convolution") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.product(b.difference(y, b.parameter("c", weights([1, 4, 1, 1]))), b.parameter("k", weights([6])))
    },
    KernelCase("divide by a number") { b, x in try b.quotient(x, b.scalar(3)) },
    KernelCase("number minus values") { b, x in try b.difference(b.scalar(3), x) },
    KernelCase("max pool") { try $0.maxPool($1, kernel: 3, stride: 2, padding: 1) },
    KernelCase("max pool, rounded up") { try $0.maxPool($1, kernel: 2, stride: 2, ceilMode: true) },
    KernelCase("average pool") { try $0.averagePool($1, kernel: 3, stride: 2, padding: 1) },
    KernelCase("average pool, padding counted") {
      try $0.averagePool($1, kernel: 3, stride: 2, padding: 1, countsPadding: true)
    },
    KernelCase("global average pool") { b, x in
      try b.add(
        Flatten(), b.add(GlobalAveragePool(), convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))))
    },
    KernelCase("gemm", shape: matrix) { b, x in
      try b.add(Gemm(transposeB: true), [x, b.parameter("w", weights([7, 12])), b.parameter("c", weights([7]))])[0]
    },
    KernelCase("gemm scaled", shape: matrix) { b, x in
      try b.add(
        Gemm(alpha: 0.5, beta: 2), [x, b.parameter("w", weights([12, 7])), b.parameter("c", weights([1, 7]))])[0]
    },
    KernelCase("matmul", shape: matrix) { b, x in try b.add(MatMul(), x, b.parameter("w", weights([12, 7]))) },
    KernelCase("batched matmul") { b, x in try b.add(MatMul(), x, b.parameter("w", weights([5, 6, 3]))) },
    KernelCase("concat") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.add(Concat(axis: 1), x, y, x)
    },
    KernelCase("strided slice and channel pad") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      let s = try b.add(Slice(starts: [0, 0], ends: [.max, .max], axes: [2, 3], steps: [2, 2]), y)
      return try b.add(Pad(before: [0, 2, 0, 0], after: [0, 1, 0, 0]), s)
    },
    KernelCase("slice backwards") { b, x in try b.add(Slice(starts: [-1], ends: [.min], axes: [1], steps: [-2]), x) },
    KernelCase("transpose") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.add(Transpose(permutation: [0, 2, 3, 1]), y)
    },
    KernelCase("reshape after convolution") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.relu(b.add(Reshape(target: [.exactly(.batch), .inferred]), y))
    },
    KernelCase("reduce mean") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.add(ReduceMean(axes: [2, 3], keepDimensions: true), y)
    },
    KernelCase("reduce sum over channels") { b, x in try b.add(ReduceSum(axes: [1], keepDimensions: false), x) },
    KernelCase("sums that cross the layout") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.add(ReduceSum(axes: [3], keepDimensions: false), y)
    },
    KernelCase("squeeze and excite") { b, x in
      let s = try b.add(GlobalAveragePool(), x)
      let e = try b.add(Sigmoid(), convolution(b, s, [5, 5, 1, 1], window: SpatialWindow(kernel: [1, 1])))
      return try b.product(x, e)
    },
    KernelCase("input passed on") { b, x in try b.add(Identity(), x) },
  ]

  /// x after a 1x1 convolution to 4 channels: channels-last.
  static func convolved(_ b: GraphBuilder, _ x: Value) throws -> Value {
    try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
  }
  /// Forms whose gradients pass straight through and have no difference quotients.
  static let forwardOnly: [KernelCase] = [
    KernelCase("integer pad behind quantization") { b, x in
      let (scale, zero) = (b.scalar(0.05), b.parameter("zero", Tensor(scalar: Int8(0))))
      let q = try b.add(QuantizeLinear(), x, scale, zero)
      let padded = try b.add(Pad(before: [0, 1, 0, 2], after: [0, 2, 1, 0]), q)
      return try b.add(DequantizeLinear(), padded, scale, zero)
    },
    KernelCase("integers as numbers") { b, x in
      let bytes = b.parameter("bytes", Tensor([Int8(-3), 0, 1, 2, 127], shape: [5, 1, 1]))
      let words = b.parameter("words", Tensor([Int32(-70_000), 0, 1, 2, 3, 4]))
      return try b.sum([x, b.cast(bytes, to: .float32), b.cast(words, to: .float32)])
    },
    KernelCase("sign") { try $0.sign($1) },
    KernelCase("rounding") { b, x in try b.rounded(b.scaled(x, by: 2)) },
    KernelCase("rounding down") { b, x in try b.roundedDown(b.scaled(x, by: 2)) },
    KernelCase("rounding up after a convolution") { b, x in try b.roundedUp(b.scaled(convolved(b, x), by: 2)) },
  ]
}
