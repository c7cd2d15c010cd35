import Graphs
import Tensors

extension KernelCase {
  private static func deconvolution(
    _ b: GraphBuilder, _ x: Value, _ shape: Shape, _ op: TransposedConvolution, bias: Bool = true
  ) throws -> Value {
    let shift = bias ? [b.parameter("b", weights([shape[1] * op.groups], seed: 5))] : []
    return try b.add(op, [x, b.parameter("w", weights(shape))] + shift)[0]
  }

  private static func resized(
    _ name: String, _ interpolation: Interpolation, _ target: Resize.Target, region: Resize.Region? = nil
  ) -> KernelCase {
    KernelCase("resize, \(name)") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.relu(b.add(Resize(interpolation, to: target, region: region), y))
    }
  }

  /// Transposed convolutions, pools and resizing.
  static let windows: [KernelCase] = [
    KernelCase("transposed convolution") {
      try deconvolution($0, $1, [5, 3, 3, 3], TransposedConvolution(window: SpatialWindow(kernel: [3, 3])))
    },
    KernelCase("transposed convolution, stride, pads and output padding") {
      let window = SpatialWindow(kernel: [4, 3], strides: [2, 3], pads: [1, 0, 1, 1])
      return try deconvolution(
        $0, $1, [5, 4, 4, 3], TransposedConvolution(window: window, outputPadding: [1, 2]), bias: false)
    },
    KernelCase("transposed convolution, dilated, in two groups", shape: [.batch, .fixed(4), .fixed(5), .fixed(4)]) {
      let window = SpatialWindow(kernel: [2, 3], dilations: [2, 1])
      return try deconvolution($0, $1, [4, 3, 2, 3], TransposedConvolution(window: window, groups: 2))
    },
    KernelCase("depthwise transposed convolution") {
      let window = SpatialWindow(kernel: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1])
      return try deconvolution($0, $1, [5, 1, 4, 4], TransposedConvolution(window: window, groups: 5))
    },
    KernelCase("transposed convolution to a given shape") {
      let window = SpatialWindow(kernel: [3, 3], strides: [2, 2], autoPad: .sameUpper)
      return try deconvolution(
        $0, $1, [5, 2, 3, 3], TransposedConvolution(window: window, outputExtents: [13, 12]))
    },
    KernelCase("transposed convolution over one axis", shape: [.batch, .fixed(5), .fixed(9)]) {
      let window = SpatialWindow(kernel: [4], strides: [3], pads: [1, 0])
      return try deconvolution($0, $1, [5, 2, 4], TransposedConvolution(window: window))
    },
    KernelCase("transposed convolution over three axes", shape: [.batch, .fixed(2), .fixed(2), .fixed(3), .fixed(2)]) {
      try deconvolution($0, $1, [2, 2, 2, 2, 2], TransposedConvolution(window: SpatialWindow(kernel: [2, 2, 2])))
    },
    KernelCase("global max pool") { b, x in
      try b.globalMaxPool(convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1])))
    },
    KernelCase("dilated max pool") { b, x in
      try b.add(MaxPool(window: SpatialWindow(kernel: [2, 2], dilations: [3, 2])), x)
    },
    KernelCase("max pool that says where") { b, x in
      try b.add(MaxPool(window: SpatialWindow(kernel: [2, 2]), indices: .rowMajor), x)
    },
    resized("nearest, larger", Interpolation(), .scales([1, 1, 2, 1.5])),
    resized("nearest, smaller", Interpolation(.nearest, rounding: .ceil), .scales([1, 1, 0.5, 0.4])),
    resized("linear, larger", Interpolation(.linear), .scales([1, 1, 2, 2])),
    resized("linear, corners", Interpolation(.linear, coordinates: .alignCorners), .scales([1, 1, 1.7, 0.6])),
    resized("cubic, one axis", Interpolation(.cubic), .sizes(axes: [3], extents: [11], .stretch)),
    resized("antialiased", Interpolation(.linear, isAntialiased: true), .scales([1, 1, 0.4, 0.5])),
    resized("to the same size", Interpolation(.linear), .scales([1, 1, 1, 1])),
    resized(
      "a region with zeros around", Interpolation(.linear, coordinates: .crop), .scales([1, 1, 1, 2]),
      region: .init(starts: [0, 0, 0.2, -0.2], ends: [1, 1, 0.8, 1.2])),
    KernelCase("resize with something outside") { b, x in
      let interpolation = Interpolation(.linear, coordinates: .crop, extrapolation: 2)
      let region = Resize.Region(starts: [0, 0, 0.2, -0.2], ends: [1, 1, 0.8, 1.2])
      return try b.add(Resize(interpolation, to: .scales([1, 1, 1, 2]), region: region), x)
    },
    KernelCase("resize channels of a matrix", shape: matrix) { b, x in
      try b.add(Resize(Interpolation(.linear), to: .scales([1, 1.5])), x)
    },
    KernelCase("resize channels of an image") { b, x in
      try b.add(Resize(Interpolation(.linear), to: .scales([1, 2, 1, 2])), x)
    },
  ]

  /// Splits, blocks and other orders of axes.
  static let rearrangements: [KernelCase] = [
    KernelCase("split channels") { b, x in
      let y = try convolution(b, x, [6, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      let parts = try b.split(y, lengths: [1, 3, 2])
      return try b.concatenation([parts[2], b.relu(parts[0])])
    },
    KernelCase("split rows", shape: matrix) { b, x in
      let parts = try b.split(x, into: 3)
      return try b.sum(b.product(parts[0], parts[1]), parts[2])
    },
    KernelCase("depth to space and back") { b, x in
      let y = try convolution(b, x, [8, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      let wide = try b.relu(b.add(DepthToSpace(blockSize: 2), y))
      return try b.add(SpaceToDepth(blockSize: 2), wide)
    },
    KernelCase("pixel shuffle", shape: [.batch, .fixed(9), .fixed(3), .fixed(2)]) { b, x in
      try b.pixelShuffle(x, by: 3)
    },
    KernelCase("space to depth, depth last", shape: [.batch, .fixed(3), .fixed(6), .fixed(4)]) { b, x in
      try b.add(SpaceToDepth(blockSize: 2, order: .columnRowDepth), x)
    },
    KernelCase("transpose of matrices", shape: [.batch, .fixed(3), .fixed(37), .fixed(20)]) { b, x in
      try b.transposed(x, [0, 1, 3, 2])
    },
    KernelCase("transpose of all axes") { b, x in try b.transposed(x, [3, 1, 0, 2]) },
    KernelCase("softmax over rows of images") { b, x in try b.softmax(x, axis: 2) },
    KernelCase("log softmax over the batch") { b, x in try b.add(LogSoftmax(axis: 0), x) },
    KernelCase("softmax over columns", shape: [.batch, .fixed(3), .fixed(4), .fixed(5)]) { b, x in try b.softmax(x) },
    KernelCase("largest of a split", shape: matrix) { b, x in
      try b.largest(4, of: x).values
    },
    KernelCase("largest along channels") { b, x in try b.largest(2, of: x, axis: 1).values },
  ]

  /// Normalisation and reductions of rows.
  static let rows: [KernelCase] = [
    KernelCase("layer normalisation", shape: [.batch, .fixed(7), .fixed(20)]) { b, x in
      let (scale, shift) = (b.parameter("g", weights([20])), b.parameter("b", weights([20], seed: 5)))
      return try b.add(LayerNormalization(), x, scale, shift)
    },
    KernelCase("layer normalisation over two axes, no shift") { b, x in
      try b.add(LayerNormalization(axis: 2, epsilon: 0.01), x, b.parameter("g", weights([7, 6])))
    },
    KernelCase("layer normalisation behind a convolution") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.layerNormalization(b.transposed(y, [0, 2, 3, 1]))
    },
    KernelCase("instance normalisation", batch: 3) { b, x in
      let (scale, shift) = (b.parameter("g", weights([5])), b.parameter("b", weights([5], seed: 5)))
      return try b.add(InstanceNormalization(), x, scale, shift)
    },
    KernelCase("group normalisation", shape: [.batch, .fixed(6), .fixed(4), .fixed(3)]) { b, x in
      let (scale, shift) = (b.parameter("g", weights([6])), b.parameter("b", weights([6], seed: 5)))
      return try b.add(GroupNormalization(groups: 2), x, scale, shift)
    },
    KernelCase("group normalisation, a scale each", shape: [.batch, .fixed(6), .fixed(5)]) { b, x in
      let (scale, shift) = (b.parameter("g", weights([3])), b.parameter("b", weights([3], seed: 5)))
      return try b.add(GroupNormalization(groups: 3, scalesGroups: true), x, scale, shift)
    },
    KernelCase("reduce max") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.add(ReduceMax(axes: [2, 3], keepDimensions: true), y)
    },
    KernelCase("reduce min over channels") { b, x in try b.add(ReduceMin(axes: [1], keepDimensions: false), x) },
    KernelCase("norms") { b, x in
      try b.sum(
        b.add(ReduceL1(axes: [3], keepDimensions: false), x), b.add(ReduceL2(axes: [3], keepDimensions: false), x))
    },
    KernelCase("sum of squares over all") { b, x in try b.add(ReduceSumSquare(axes: [], keepDimensions: true), x) },
    KernelCase("logarithm of a sum") { b, x in
      try b.add(ReduceLogSum(axes: [1, 2], keepDimensions: true), b.exponential(x))
    },
    KernelCase("logarithm of a sum of exponentials") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.add(ReduceLogSumExp(axes: [1, 3], keepDimensions: false), b.scaled(y, by: 40))
    },
    KernelCase("product of elements") { b, x in try b.add(ReduceProd(axes: [1], keepDimensions: false), x) },
  ]

  /// Products of batches of matrices.
  static let products: [KernelCase] = [
    KernelCase("attention", shape: [.batch, .fixed(6), .fixed(24)]) { b, x in
      let heads = try b.transposed(b.add(Reshape(to: [.batch, .fixed(6), .fixed(3), .fixed(8)]), x), [0, 2, 1, 3])
      let scores = try b.matrixProduct(heads, b.transposed(heads, [0, 1, 3, 2]))
      return try b.matrixProduct(b.softmax(scores), heads)
    },
    KernelCase("one matrix for a batch") { b, x in try b.matrixProduct(b.parameter("w", weights([4, 7])), x) },
    KernelCase("batches that broadcast over each other", shape: [.batch, .fixed(1), .fixed(4), .fixed(3)]) { b, x in
      try b.matrixProduct(x, b.parameter("w", weights([3, 3, 2])))
    },
    KernelCase("einsum of queries and keys", shape: [.batch, .fixed(5), .fixed(3), .fixed(4)]) { b, x in
      try b.einsum("bihd,bjhd->bhij", x, b.scaled(x, by: 0.5))
    },
    KernelCase("einsum with weights") { b, x in
      try b.einsum("bchw,cdw->dbh", x, b.parameter("w", weights([5, 4, 6])))
    },
    KernelCase("einsum of a single operand") { b, x in try b.einsum("bchw->whb", x) },
    KernelCase("a vector on the right") { b, x in try b.matrixProduct(x, b.parameter("w", weights([6]))) },
    KernelCase("a vector on the left") { b, x in try b.matrixProduct(b.parameter("w", weights([7])), x) },
  ]

  /// All of these.
  static let operators = windows + rearrangements + rows + products

  /// Forms whose outputs are no numbers to differentiate.
  static let ranked: [KernelCase] = [
    KernelCase("place of the largest channel") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      return try b.add(ArgMax(axis: 1), y)
    },
    KernelCase("place of the smallest in a row") { b, x in
      try b.add(ArgMin(axis: -1, keepDimensions: false, selectsLast: true), x)
    },
    KernelCase("places of the largest", shape: matrix) { b, x in try b.largest(3, of: x).places },
    KernelCase("nearest pixels of integers") { b, x in
      let (scale, zero) = (b.scalar(0.05), b.parameter("zero", Tensor(scalar: Int8(0))))
      let q = try b.upsampled(b.add(QuantizeLinear(), x, scale, zero), by: 2)
      return try b.add(DequantizeLinear(), q, scale, zero)
    },
  ]
}
