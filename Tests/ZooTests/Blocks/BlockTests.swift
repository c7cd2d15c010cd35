import Foundation
import Graphs
import TestSupport
import Tensors
import Testing

@testable import Zoo

@Suite struct BlockTests {
  private func evaluate(_ channels: Int, _ build: (GraphBuilder, Value) throws -> Value, _ x: Tensor) throws -> Tensor {
    let builder = GraphBuilder()
    let size = x.shape[2]
    let input = builder.imageInput(channels: channels, height: size, width: size)
    try builder.output(build(builder, input), as: "y")
    let graph = try builder.build()
    return try ReferenceEvaluation(of: graph, inputs: ["input": x], batch: x.shape[0]).values["y"]!
  }

  /// Channel g * n + i of G groups of n goes to i * G + g.
  @Test(arguments: [(2, [0, 3, 1, 4, 2, 5]), (3, [0, 2, 4, 1, 3, 5])])
  func shuffleDealsChannelsOut(_ groups: Int, _ order: [Float]) throws {
    let channels = Tensor((0..<6).map { Float($0) }, shape: [1, 6, 1, 1])
    let shuffled = try evaluate(6, { try $0.channelsShuffled($1, groups: groups) }, channels)
    #expect(shuffled.floats == order)
  }

  @Test func ghostModulesCutOffAnOddChannel() throws {
    let style = LayerStyle(ArchitectureOptions(defaultsOf: [.seed]))
    let x = SampleTensors.normal([1, 3, 4, 4])
    #expect(try evaluate(3, { try $0.ghost($1, outputs: 7, style, name: "ghost") }, x).shape == [1, 7, 4, 4])
  }

  /// With weights of zero both layers give their biases of zero, so that the gate is its value at zero.
  @Test(arguments: [(SqueezeExcitation.Gate.sigmoid, Float(0.5)), (.hardSigmoid, 0.5)])
  func gatesScaleChannels(_ gate: SqueezeExcitation.Gate, _ factor: Float) throws {
    let style = LayerStyle(ArchitectureOptions(defaultsOf: [.seed]).withoutWeights())
    let x = SampleTensors.normal([2, 4, 3, 3])
    let y = try evaluate(4, { try $0.excited($1, SqueezeExcitation(squeezed: 2, gate: gate), style) }, x)
    #expect(Tolerance.relative(y, Tensor(x.floats.map { $0 * factor }, shape: x.shape)) <= Tolerance.float32)
  }

  private static let points: [Double] = [-4, -1, 0, 2, 7]
  private static let activations: [(activation: Activation, expected: [Double])] = [
    (.none, points), (.relu, [0, 0, 0, 2, 7]), (.relu6, [0, 0, 0, 2, 6]),
    (.hardSwish, [0, -1.0 / 3, 0, 5.0 / 3, 7]), (.swish, points.map { x in x / (1 + exp(-x)) }),
  ]

  @Test(arguments: activations.indices)
  func activationsAreThoseOfThePapers(_ index: Int) throws {
    let (activation, expected) = Self.activations[index]
    let x = Tensor(Self.points.map { Float($0) }, shape: [1, 5, 1, 1])
    let y = try evaluate(5, { try $0.activated($1, by: activation) }, x)
    for (a, b) in zip(y.doubles, expected) { #expect(abs(a - b) < Tolerance.float32) }
  }

  @Test(arguments: [
    (3, 2, 224, [0, 0, 1, 1]), (5, 2, 56, [1, 1, 2, 2]), (3, 1, 14, [1, 1, 1, 1]), (3, 2, 33, [1, 1, 1, 1]),
  ])
  func samePaddingPutsTheOddPixelLast(_ kernel: Int, _ stride: Int, _ size: Int, _ pads: [Int]) {
    #expect(WindowPadding.same.pads(kernel: kernel, stride: stride, height: size, width: size) == pads)
    let half = kernel / 2
    let symmetric = WindowPadding.symmetric.pads(kernel: kernel, stride: stride, height: size, width: size)
    #expect(symmetric == [half, half, half, half])
  }

  @Test func shortcutsStandOnlyWhereBothEndsAreAlike() throws {
    let style = LayerStyle(ArchitectureOptions(defaultsOf: [.seed]))
    func sums(_ block: InvertedResidual) throws -> Int {
      let builder = GraphBuilder()
      let x = builder.imageInput(channels: 8, height: 4, width: 4)
      try builder.output(builder.invertedResidual(x, block, style), as: "y")
      return builder.graph.nodes.count { $0.op is Add }
    }
    #expect(try sums(InvertedResidual(expanded: 16, outputs: 8)) == 1)
    #expect(try sums(InvertedResidual(expanded: 16, outputs: 8, stride: 2)) == 0)
    #expect(try sums(InvertedResidual(expanded: 16, outputs: 16)) == 0)
  }
}
