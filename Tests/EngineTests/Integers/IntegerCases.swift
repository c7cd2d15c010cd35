import Graphs
import Tensors

extension IntegerCase {
  /// Every operator with a form on integers, with zero points of 0 and others.
  static let all: [IntegerCase] = products + elementwise + pools + moves + functions

  static let products: [IntegerCase] = [
    IntegerCase("convolution", runs: ["QuantizedConv"]) { b, x in
      try b.rounded(b.integerConvolution(x, outputs: 4), .signed)
    },
    IntegerCase("convolution, zero points and padding", input: .shifted, runs: ["QuantizedConv"]) { b, x in
      try b.rounded(b.integerConvolution(x, outputs: 4), .shiftedSigned)
    },
    IntegerCase("convolution with ReLU", input: .shiftedSigned, runs: ["QuantizedConv"]) { b, x in
      try b.rounded(b.relu(b.integerConvolution(x, outputs: 4)), .shifted)
    },
    IntegerCase("convolution with ReLU6", input: .unsigned, runs: ["QuantizedConv"]) { b, x in
      try b.rounded(b.relu6(b.integerConvolution(x, outputs: 4)), .unsigned)
    },
    IntegerCase("convolution with hard swish", runs: ["QuantizedConv"]) { b, x in
      try b.rounded(b.hardSwish(b.integerConvolution(x, outputs: 4)), .shiftedSigned)
    },
    IntegerCase("depthwise convolution", input: .shifted, runs: ["QuantizedConv"]) { b, x in
      try b.rounded(b.integerConvolution(x, outputs: 5, groups: 5), .signed)
    },
    IntegerCase("uint8 weights with a zero point", input: .shifted, runs: ["QuantizedConv"]) { b, x in
      let weights = try b.integerWeights([4, 5, 3, 3], perOutput: false, unsignedZeroPoint: 128)
      return try b.rounded(b.add(Convolution(window: window), x, weights), .signed)
    },
    IntegerCase("float weights that the network rounds", runs: ["QuantizedConv"]) { b, x in
      let scale = b.scalar(0.01, name: "weight.scale")
      let zero = b.parameter("weight.zero", Tensor(scalar: Int8(0)))
      let weights = b.parameter("weight", KernelCase.weights([4, 5, 3, 3]))
      let rounded = try b.add(DequantizeLinear(), b.add(QuantizeLinear(), weights, scale, zero), scale, zero)
      return try b.rounded(b.add(Convolution(window: window), x, rounded), .signed)
    },
    IntegerCase("two convolutions", input: .unsigned, runs: ["QuantizedConv", "QuantizedConv"]) { b, x in
      let y = try b.rounded(b.relu(b.integerConvolution(x, outputs: 4)), .unsigned)
      return try b.rounded(b.integerConvolution(y, outputs: 3), .signed)
    },
    IntegerCase("gemm", shape: KernelCase.matrix, input: .shifted, runs: ["QuantizedMatMul"]) { b, x in
      let gemm = Gemm(alpha: 0.5, beta: 2, transposeB: true)
      return try b.rounded(b.add(gemm, x, b.integerWeights([7, 12]), b.integerBias(7)), .shiftedSigned)
    },
    IntegerCase("gemm with ReLU", shape: KernelCase.matrix, runs: ["QuantizedMatMul"]) { b, x in
      try b.rounded(b.relu(b.add(Gemm(), x, b.integerWeights([12, 7], axis: 1))), .unsigned)
    },
    IntegerCase("matmul over rows", shape: [.batch, .fixed(3), .fixed(12)], input: .shifted, runs: ["QuantizedMatMul"])
    { b, x in try b.rounded(b.add(MatMul(), x, b.integerWeights([12, 7], axis: 1)), .shifted) },
    IntegerCase("matmul by uint8 weights", shape: KernelCase.matrix, input: .shifted, runs: ["QuantizedMatMul"]) {
      b, x in
      let weights = try b.integerWeights([12, 7], perOutput: false, unsignedZeroPoint: 99)
      return try b.rounded(b.add(MatMul(), x, weights), .shifted)
    },
    IntegerCase("product of two activations", shape: [.batch, .fixed(6), .fixed(6)], runs: ["QuantizedMatMul"]) {
      b, x in try b.rounded(b.add(MatMul(), x, x), .shiftedSigned)
    },
  ]

  static let elementwise: [IntegerCase] = [
    IntegerCase("residual", input: .unsigned, runs: ["QuantizedConv", "QuantizedAdd"]) { b, x in
      let y = try b.rounded(b.integerConvolution(x, outputs: 5), .signed)
      return try b.rounded(b.relu(b.sum(y, x)), .unsigned)
    },
    IntegerCase("residual, zero points", input: .shifted, runs: ["QuantizedConv", "QuantizedAdd"]) { b, x in
      let y = try b.rounded(b.integerConvolution(x, outputs: 5), .shiftedSigned)
      return try b.rounded(b.sum(x, y), .shifted)
    },
    IntegerCase("difference per channel", runs: ["QuantizedSub"]) { b, x in
      let scale = b.scalar(0.02)
      let c = try b.add(DequantizeLinear(), b.parameter("c", IntegerCase.weights([5, 1, 1])), scale)
      return try b.rounded(b.difference(c, x), .shiftedSigned)
    },
    IntegerCase(
      "squeeze and excite", input: .shiftedSigned,
      runs: ["QuantizedAveragePool", "QuantizedConv", "QuantizedMul"]
    ) { b, x in
      let mean = try b.rounded(b.globalAveragePool(x), .shiftedSigned)
      let conv = try b.add(Convolution(window: SpatialWindow(kernel: [1, 1])), mean, b.integerWeights([5, 5, 1, 1]))
      let gate = try b.rounded(
        b.add(HardSigmoid(), conv), IntegerCase.Format(scale: 1 / 255, zeroPoint: 0, type: .uint8))
      return try b.rounded(b.product(x, gate), .shifted)
    },
  ]

  static let pools: [IntegerCase] = [
    IntegerCase("max pool", input: .shifted, runs: ["MaxPool"]) { b, x in
      try b.rounded(b.maxPool(x, kernel: 3, stride: 2, padding: 1), .shifted)
    },
    IntegerCase("average pool", input: .shifted, runs: ["QuantizedAveragePool"]) { b, x in
      try b.rounded(b.averagePool(x, kernel: 3, stride: 2, padding: 1), .signed)
    },
    IntegerCase("average pool, padding counted", input: .shiftedSigned, runs: ["QuantizedAveragePool"]) { b, x in
      try b.rounded(b.averagePool(x, kernel: 3, stride: 2, padding: 1, countsPadding: true), .shifted)
    },
    IntegerCase("global average pool", input: .shifted, runs: ["QuantizedAveragePool"]) { b, x in
      try b.rounded(b.globalAveragePool(x), .shiftedSigned)
    },
    IntegerCase("mean over positions", input: .unsigned, runs: ["QuantizedAveragePool"]) { b, x in
      try b.rounded(b.add(ReduceMean(axes: [-1, 2], keepDimensions: false), x), .unsigned)
    },
  ]

  static let moves: [IntegerCase] = [
    IntegerCase("slice and pad, which no quantization follows", input: .shifted, runs: ["Slice", "Pad"]) { b, x in
      let s = try b.add(Slice(starts: [0, 0], ends: [.max, .max], axes: [2, 3], steps: [2, 2]), x)
      return try b.add(Pad(before: [0, 2, 0, 0], after: [0, 1, 0, 0]), s)
    },
    IntegerCase("pad by a number", input: .shiftedSigned, runs: ["Pad"]) { b, x in
      let pad = Pad(before: [0, 0, 1, 0], after: [0, 0, 0, 2], value: Tensor(scalar: Float(0.51)))
      return try b.rounded(b.add(pad, x), .shiftedSigned)
    },
    IntegerCase("transpose, squeeze, flatten", shape: [.batch, .fixed(1), .fixed(4), .fixed(3)], runs: ["Transpose"]) {
      b, x in
      let t = try b.rounded(b.add(Transpose(permutation: [0, 1, 3, 2]), x), .signed)
      return try b.rounded(b.add(Flatten(), b.rounded(b.add(Squeeze(axes: [1]), t), .signed)), .signed)
    },
    IntegerCase("concat of one scale", runs: ["Concat"]) { b, x in try b.rounded(b.add(Concat(axis: 1), x, x), .signed)
    },
    IntegerCase("concat of several scales", runs: ["QuantizedConv", "LookupTable", "Concat"]) { b, x in
      let y = try b.rounded(b.integerConvolution(x, outputs: 4), .shifted)
      return try b.rounded(b.add(Concat(axis: 1), x, y), .shifted)
    },
    IntegerCase("change of scale", input: .shifted, runs: ["LookupTable"]) { b, x in try b.rounded(x, .signed) },
  ]

  static let functions: [IntegerCase] = [
    IntegerCase("ReLU", input: .shiftedSigned, runs: ["LookupTable"]) { b, x in try b.rounded(b.relu(x), .unsigned) },
    IntegerCase("hard swish", input: .shifted, runs: ["LookupTable"]) { b, x in
      try b.rounded(b.hardSwish(x), .shiftedSigned)
    },
    IntegerCase("sigmoid", runs: ["LookupTable"]) { b, x in
      try b.rounded(b.add(Sigmoid(), x), IntegerCase.Format(scale: 1 / 255, zeroPoint: 0, type: .uint8))
    },
    IntegerCase("swish from parts", runs: ["LookupTable"]) { b, x in
      try b.rounded(b.product(x, b.add(Sigmoid(), x)), .shifted)
    },
    IntegerCase("hard swish from parts", runs: ["LookupTable"]) { b, x in
      let gate = try b.quotient(b.relu6(b.sum(x, b.scalar(3))), b.scalar(6))
      return try b.rounded(b.product(x, gate), .shifted)
    },
  ]
}
