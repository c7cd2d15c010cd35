import Foundation
import Graphs
import Tensors
import Testing

@Suite("Cost analysis")
struct CostAnalysisTests {
  private func graph() throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 3, height: 8, width: 8)
    let y = try builder.convolution(x, outputs: 4, kernel: 3, stride: 2, initializer: HeInitializer(), name: "conv")
    let z = try builder.relu(builder.batchNormalization(y))
    try builder.output(
      builder.dense(builder.flattened(z), outputs: 10, initializer: HeInitializer(), name: "fc"), as: "y")
    return try builder.build()
  }

  @Test("counts what was counted by hand")
  func byHand() throws {
    let costs = try graph().costs()
    #expect(costs.macs == 4 * 4 * 4 * 27 + 64 * 10)
    #expect(costs.parameters == 108 + 8 + 640 + 10)
    #expect(costs.nonzeroParameters == 108 + 4 + 640)
    #expect(costs.weightBytes == 4 * (108 + 16 + 640 + 10))
    // The image (192) with the convolution's output (64), in floats.
    #expect(costs.peakActivationBytes == 4 * (192 + 64))
    let conv = try #require(costs.layers.first)
    #expect(conv.op == "Conv" && conv.outputShape == [1, 4, 4, 4])
    #expect(conv.memoryAccessBytes == 4 * (192 + 108 + 64))
  }

  @Test("counts quantized weights as parameters, one byte each")
  func quantized() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(4)])
    let weights = builder.parameter("w", Tensor([Int8(0), 1, 2, 3, 4, 5, 6, 7], shape: [2, 4]))
    let scale = builder.parameter("scale", Tensor([Float(0.1), 0.2]))
    let floats = try builder.dequantized(weights, scale: scale, axis: 0)
    try builder.output(builder.add(Gemm(transposeB: true), x, floats), as: "y")
    let costs = try builder.build().costs()
    #expect(costs.parameters == 8 && costs.nonzeroParameters == 7)
    #expect(costs.weightBytes == 8 + 8)
    #expect(costs.macs == 8)
    #expect(costs.peakActivationBytes == 4 * (4 + 2))
  }

  @Test("has the documented keys")
  func keys() throws {
    let json = String(decoding: try JSONEncoder().encode(graph().costs()), as: UTF8.self)
    for key in [
      "parameters", "nonzero_parameters", "macs", "weight_bytes", "peak_activation_bytes", "memory_access_bytes",
      "layers", "name", "op", "output_shape",
    ] { #expect(json.contains("\"\(key)\""), "\(key)") }
  }
}
