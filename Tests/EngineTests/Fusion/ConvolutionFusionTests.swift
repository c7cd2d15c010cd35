import COneDNN
import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Convolutions with a swish behind them, which Pare applies to oneDNN's results part by part.
struct ConvolutionFusionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var batch: Int
    var channels: [Int]
    var size: Int
    var kernel = 1
    var stride = 1
    var groups = 1
    /// How many parts it is computed in.
    var parts: Int
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "pixels in parts", batch: 2, channels: [4, 24], size: 96, parts: 2),
    Case(name: "images in parts", batch: 3, channels: [4, 16], size: 96, kernel: 3, parts: 3),
    Case(name: "a depthwise one", batch: 4, channels: [24, 24], size: 64, kernel: 5, groups: 24, parts: 2),
    Case(name: "with a stride", batch: 2, channels: [3, 8], size: 20, kernel: 3, stride: 2, parts: 1),
    Case(name: "one image", batch: 1, channels: [4, 24], size: 112, kernel: 3, parts: 1),
    Case(name: "images of one pixel", batch: 7, channels: [20, 12], size: 1, parts: 1),
  ]

  private func graph(_ test: Case, hasResidual: Bool = false) throws -> Graph {
    let b = GraphBuilder()
    let x = b.imageInput(channels: test.channels[0], height: test.size, width: test.size)
    let kernel = test.kernel, pad = kernel / 2
    let window = SpatialWindow(
      kernel: [kernel, kernel], strides: [test.stride, test.stride], pads: [pad, pad, pad, pad])
    let weights = b.parameter(
      "w", KernelCase.weights([test.channels[1], test.channels[0] / test.groups, kernel, kernel]))
    let bias = b.parameter("b", KernelCase.weights([test.channels[1]], seed: 5))
    let y = try b.add(Convolution(window: window, groups: test.groups), x, weights, bias)
    let sum = try hasResidual ? b.sum(y, b.input("r", shape: b.shape(of: y))) : y
    try b.output(b.swish(sum, alpha: 1.5), as: "y")
    return try b.build()
  }

  @Test(arguments: cases, [1, 2]) func agreesWithTheReference(test: Case, threads: Int) throws {
    for hasResidual in [false, true] {
      let graph = try graph(test, hasResidual: hasResidual)
      var inputs = ["input": SampleTensors.normal([test.batch, test.channels[0], test.size, test.size])]
      if hasResidual {
        inputs["r"] = SampleTensors.normal(graph.outputs[0].type.shape!.bound(toBatch: test.batch), seed: 9)
      }
      let program = try Program(
        graph: graph, batch: test.batch, parameters: ParameterMemory(graph: graph), engine: Engine(threads: threads))
      #expect(!program.layers.contains { $0.op == "Swish" })
      let expected = try ReferenceEvaluation(of: graph, inputs: inputs, batch: test.batch, double: true).values["y"]!
      #expect(Tolerance.relative(try program.run(inputs)["y"]!, expected) < Tolerance.float32)
    }
  }

  @Test(arguments: cases) func partsAreEqualAndSmall(test: Case) throws {
    let size = Int64(test.size), out = (size + Int64(test.stride) - 1) / Int64(test.stride)
    let window = SpatialWindow(
      kernel: [test.kernel, test.kernel], strides: [test.stride, test.stride],
      pads: [Int](repeating: test.kernel / 2, count: 4))
    let spec = try #require(
      pdnn_conv_spec(
        Convolution(window: window, groups: test.groups),
        input: [test.batch, test.channels[0], test.size, test.size],
        weights: [test.channels[1], test.channels[0] / test.groups, test.kernel, test.kernel],
        output: [test.batch, test.channels[1], Int(out), Int(out)], direction: PDNN_INFERENCE))
    let (parts, behind) = ConvolutionParts.forActivation(.swish(1), of: spec)
    #expect(behind == .swish(1))
    #expect(parts.count == test.parts)
    #expect(parts.count * parts.outputBytes == 4 * test.batch * test.channels[1] * Int(out * out))
    #expect(parts.count * parts.inputBytes == 4 * test.batch * test.channels[0] * test.size * test.size)
    let (whole, within) = ConvolutionParts.forActivation(.relu, of: spec)
    #expect(within == .none)
    #expect(whole.count == 1)
  }

  /// In bfloat16 a swish is a pass of its own.
  @Test func aSwishCanBeLeftAlone() throws {
    let graph = try graph(Self.cases[3])
    #expect(try ConvolutionFusion(fusesSwish: false).apply(to: graph).nodes.map { $0.op.kind } == ["Conv", "Swish"])
    #expect(try ConvolutionFusion().apply(to: graph).nodes.map { $0.op.kind } == ["FusedConv"])
  }
}
