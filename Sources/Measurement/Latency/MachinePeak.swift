import Engine
import Graphs
import Tensors

/// What this machine reaches at best with a given number of threads, measured on products that suit it.
///
/// It is the fastest of a few runs of a 1x1 convolution with 256 inputs and outputs over 32x32 places, which reads each
/// of its operands from a cache and does 256 multiply-accumulates with it, and of a sum over two blocks of memory that
/// no cache holds.
public struct MachinePeak: Codable, Sendable, Equatable {
  /// Billions of float32 operations a second, a multiply-accumulate counting as two.
  public var float32: Double
  /// The same for bfloat16 with float32 sums; nil where the machine has no such instructions.
  public var bfloat16: Double?
  /// The same for int8 with 32-bit sums; nil where the machine or oneDNN has no such product.
  public var int8: Double?
  /// Billions of bytes a second from and to memory.
  public var bandwidth: Double

  enum CodingKeys: String, CodingKey {
    case float32 = "gflops_float32"
    case bfloat16 = "gflops_bfloat16"
    case int8 = "gflops_int8"
    case bandwidth = "gigabytes_per_second"
  }

  /// The best for products of an element type; nil where it was not measured.
  public func gflops(of type: DataType) -> Double? {
    switch type {
    case .float32: float32
    case .bfloat16: bfloat16
    case .int8, .uint8: int8
    default: nil
    }
  }

  private static let channels = 256
  private static let side = 32
  private static let runs = 8
  private static let memoryElements = 1 << 24

  /// Measures on an engine's threads; takes about a tenth of a second.
  /// - Throws: what compiling and running throw.
  public static func measure(on engine: Engine) throws -> MachinePeak {
    let float = try fastest(try convolution(quantized: false), on: engine) { $0.macs > 0 }
    let half = try fastest(try convolution(quantized: false), on: engine, precision: .bfloat16) {
      $0.macs > 0 && $0.dataType == .bfloat16
    }
    let integer = try fastest(try convolution(quantized: true), on: engine) { $0.macs > 0 && $0.dataType != .float32 }
    let sum = try fastest(try sumOfBlocks(), on: engine) { $0.op == Add.kind }
    func gflops(_ found: (layer: LayerDescription, seconds: Double)?) -> Double? {
      found.map { rate(2 * $0.layer.macs, $0.seconds) }
    }
    return MachinePeak(
      float32: gflops(float) ?? 0, bfloat16: gflops(half), int8: gflops(integer),
      bandwidth: sum.map { rate($0.layer.bytes, $0.seconds) } ?? 0)
  }

  private static func rate(_ count: Int, _ seconds: Double) -> Double { Double(count) / max(seconds, 1e-12) / 1e9 }

  /// The shortest time of the step that fits; nil where none does.
  private static func fastest(
    _ graph: Graph, on engine: Engine, precision: ProgramOptions.Precision = .float32,
    step fits: (LayerDescription) -> Bool
  ) throws -> (layer: LayerDescription, seconds: Double)? {
    let options = ProgramOptions(precision: precision)
    let program = try Network(graph: graph).makeSession(batch: 1, engine: engine, options: options).program
    let layers = program.layers
    guard let index = layers.firstIndex(where: fits) else { return nil }
    let seconds = try (0..<runs).map { _ in try program.timedRun()[index] }.min()!
    return (layers[index], seconds)
  }

  private static func convolution(quantized: Bool) throws -> Graph {
    let builder = GraphBuilder(name: "peak")
    let x = builder.input("x", shape: [.batch, .fixed(channels), .fixed(side), .fixed(side)])
    let shape: Shape = [channels, channels, 1, 1]
    let convolution = Convolution(window: SpatialWindow(kernel: [1, 1]))
    guard quantized else {
      let weights = builder.parameter("w", Tensor(repeating: Float(0.01), shape: shape))
      try builder.output(builder.add(convolution, x, weights), as: "y")
      return try builder.build()
    }
    let (scale, zero) = (builder.scalar(0.02), builder.parameter("zero", Tensor(scalar: UInt8(0))))
    let weightScale = builder.scalar(0.01)
    let weightZero = builder.parameter("weight_zero", Tensor(scalar: Int8(0)))
    let integers = Tensor(doubles: Array(repeating: 1, count: shape.count), shape: shape, dataType: .int8)
    let weights = try builder.add(DequantizeLinear(), builder.parameter("w", integers), weightScale, weightZero)
    let rounded = try builder.add(DequantizeLinear(), builder.add(QuantizeLinear(), x, scale, zero), scale, zero)
    let y = try builder.add(QuantizeLinear(), builder.add(convolution, rounded, weights), scale, zero)
    try builder.output(builder.add(DequantizeLinear(), y, scale, zero), as: "y")
    return try builder.build()
  }

  private static func sumOfBlocks() throws -> Graph {
    let builder = GraphBuilder(name: "peak")
    let shape: ValueShape = [.batch, .fixed(memoryElements)]
    try builder.output(builder.sum(builder.input("a", shape: shape), builder.input("b", shape: shape)), as: "y")
    return try builder.build()
  }
}
