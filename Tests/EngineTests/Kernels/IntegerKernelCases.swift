import Graphs
import Tensors

extension KernelCase {
  /// An input rounded to 8 bits with zero point 0.
  static func integers(_ b: GraphBuilder, _ x: Value, _ zero: Tensor) throws -> Value {
    try b.add(QuantizeLinear(), x, b.scalar(0.05), b.parameter("zero", zero))
  }

  /// Operators on integers, which have no gradients.
  static let onIntegers: [KernelCase] = [
    KernelCase("quantization along an axis") { b, x in
      let y = try convolution(b, x, [4, 5, 1, 1], window: SpatialWindow(kernel: [1, 1]))
      let (scale, zero) = (
        b.parameter("scale", Tensor([Float(0.5), 0.02, 0.1, 0.03])),
        b.parameter("zero", Tensor([Int16(0), 9, -7, 300]))
      )
      return try b.add(DequantizeLinear(axis: 1), b.add(QuantizeLinear(axis: 1), y, scale, zero), scale, zero)
    },
    KernelCase("quantization along the last axis, 16 bits") { b, x in
      let scale = b.parameter("scale", Tensor([Float(0.5), 0.02, 0.1, 0.03, 0.25, 1]))
      let q = try b.add(QuantizeLinear(axis: -1, outputType: .uint16), x, scale)
      return try b.add(DequantizeLinear(axis: -1), q, scale)
    },
    KernelCase("quantization to its own range") { b, x in
      let parts = try b.add(DynamicQuantizeLinear(), [x])
      return try b.add(DequantizeLinear(), parts[0], parts[1], parts[2])
    },
    // Scales whose quotients are no round numbers, so that no sum lies halfway between two integers.
    KernelCase("QLinearConv") { b, x in
      let q = try integers(b, x, Tensor(scalar: UInt8(120)))
      let zero = b.parameter("zero", Tensor(scalar: Int8(-4)))
      let y = try b.add(
        QLinearConv(Convolution(window: SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1]))),
        [
          q, b.scalar(0.05), b.parameter("x.zero", Tensor(scalar: UInt8(120))),
          b.parameter("w", IntegerCase.weights([4, 5, 3, 3])),
          b.parameter("w.scale", Tensor([Float(0.01), 0.02, 0.03, 0.015])),
          b.parameter("w.zero", Tensor([Int8(0), 0, 0, 0])), b.scalar(0.377), zero,
          b.parameter("bias", Tensor([Int32(100), -2000, 30, 4])),
        ])[0]
      return try b.add(DequantizeLinear(), y, b.scalar(0.377), zero)
    },
    KernelCase("QLinearMatMul", shape: matrix) { b, x in
      let q = try integers(b, x, Tensor(scalar: Int8(5)))
      let zero = b.parameter("zero", Tensor(scalar: UInt8(99)))
      let y = try b.add(
        QLinearMatMul(),
        [
          q, b.scalar(0.05), b.parameter("x.zero", Tensor(scalar: Int8(5))),
          b.parameter("w", IntegerCase.weights([12, 7])),
          b.scalar(0.01), b.parameter("w.zero", Tensor(scalar: Int8(0))), b.scalar(0.213), zero,
        ])[0]
      return try b.add(DequantizeLinear(), y, b.scalar(0.213), zero)
    },
    KernelCase("QLinearMatMul of two activations", shape: [.batch, .fixed(6), .fixed(6)]) { b, x in
      let q = try integers(b, x, Tensor(scalar: Int8(5)))
      let (scale, zero) = (b.scalar(0.05), b.parameter("zero", Tensor(scalar: Int8(5))))
      let y = try b.add(QLinearMatMul(), [q, scale, zero, q, scale, zero, b.scalar(0.117), zero])[0]
      return try b.add(DequantizeLinear(), y, b.scalar(0.117), zero)
    },
    KernelCase("ConvInteger with a computed zero point") { b, x in
      let parts = try b.add(DynamicQuantizeLinear(), [x])
      let op = ConvInteger(Convolution(window: SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])))
      let y = try b.add(op, parts[0], b.parameter("w", IntegerCase.weights([4, 5, 3, 3])), parts[2])
      return try b.add(DequantizeLinear(), y, b.scalar(0.001))
    },
    KernelCase("MatMulInteger with a computed zero point", shape: matrix) { b, x in
      let parts = try b.add(DynamicQuantizeLinear(), [x])
      let y = try b.add(MatMulInteger(), parts[0], b.parameter("w", IntegerCase.weights([12, 7])), parts[2])
      return try b.add(DequantizeLinear(), y, b.scalar(0.001))
    },
    KernelCase("MatMulInteger with a zero point a row and a column", shape: matrix) { b, x in
      let q = try integers(b, x, Tensor(scalar: Int8(5)))
      let points = (
        b.parameter("a.zero", Tensor([Int8(1), -2])), b.parameter("b.zero", Tensor((0..<7).map { UInt8(128 + $0) }))
      )
      let weights = Tensor(
        IntegerCase.weights([12, 7]).integers.map { UInt8(clamping: $0 / 2 + 128) }, shape: [12, 7])
      let y = try b.add(MatMulInteger(), q, b.parameter("w", weights), points.0, points.1)
      return try b.add(DequantizeLinear(), y, b.scalar(0.001))
    },
  ]
}
