import Graphs
import Tensors
import Testing

@testable import Zoo

@Suite struct InitializerTests {
  /// A sample's deviation has a relative error of 1/sqrt(2n): 0.2 % for the smallest tensor here; four times that and
  /// room.
  static let tolerance = 0.02

  private func deviation(_ tensor: Tensor) -> Double {
    let values = tensor.doubles
    return (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  @Test func normalNumbersHaveTheDeviationAskedFor() {
    let weights = NormalInitializer(seed: 3, deviation: 0.01).weights([400, 300], name: "fc.weight")
    #expect(abs(deviation(weights) / 0.01 - 1) < Self.tolerance)
  }

  @Test(arguments: [(HeInitializer.Fan.input, 300.0), (.output, 400)])
  func uniformNumbersStayWithinOneOverTheRootOfTheFan(_ fan: HeInitializer.Fan, _ connections: Double) {
    let weights = UniformInitializer(seed: 3, fan: fan).weights([400, 300], name: "fc.weight")
    let bound = 1 / connections.squareRoot()
    #expect(weights.doubles.allSatisfy { abs($0) <= bound * 1.0001 })
    #expect(abs(deviation(weights) / (bound / 3.0.squareRoot()) - 1) < Self.tolerance)
  }

  @Test func namesAndSeedsDecideWhatIsDrawn() {
    let first = NormalInitializer(seed: 3, deviation: 1).weights([4, 4], name: "a")
    #expect(NormalInitializer(seed: 3, deviation: 1).weights([4, 4], name: "a") == first)
    #expect(NormalInitializer(seed: 3, deviation: 1).weights([4, 4], name: "b") != first)
    #expect(NormalInitializer(seed: 4, deviation: 1).weights([4, 4], name: "a") != first)
  }

  /// He's variances: 2/(9 * 256) by the outputs of a dense convolution, 2/9 for a depthwise filter of nine taps.
  @Test func convolutionsStartByHesRule() throws {
    let builder = GraphBuilder()
    let style = LayerStyle(ArchitectureOptions(defaultsOf: [.seed]))
    var x = builder.imageInput(channels: 8, height: 4, width: 4)
    x = try builder.convolution(x, .convolution(256, kernel: 3), style, name: "dense")
    _ = try builder.convolution(x, .depthwise(3), style, name: "depthwise")
    let dense = try #require(builder.graph.parameters["dense.weight"]).tensor
    #expect(dense.shape == [256, 8, 3, 3])
    #expect(abs(deviation(dense) / (2.0 / (9 * 256)).squareRoot() - 1) < Self.tolerance)
    let depthwise = try #require(builder.graph.parameters["depthwise.weight"]).tensor
    #expect(depthwise.shape == [256, 1, 3, 3])
    // 2,304 numbers, of which the deviation is known to 1.5 %.
    #expect(abs(deviation(depthwise) / (2.0 / 9).squareRoot() - 1) < 4 * Self.tolerance)
  }

  @Test func zeroGammaMakesResidualBlocksIdentities() throws {
    let graph = try Zoo.resNet(depth: 18, width: 0.125, zeroGamma: true, form: .cifar)
    let last = try #require(graph.parameters["layer1.0.bn2.weight"]).tensor.floats
    let first = try #require(graph.parameters["layer1.0.bn1.weight"]).tensor.floats
    #expect(last.allSatisfy { $0 == 0 } && first.allSatisfy { $0 == 1 })
    let plain = try Zoo.resNet(depth: 18, width: 0.125, form: .cifar)
    #expect(try #require(plain.parameters["layer1.0.bn2.weight"]).tensor.floats.allSatisfy { $0 == 1 })
  }

  @Test(arguments: [true, false])
  func zeroGammaMakesBlocksForCIFARIdentities(_ zeroGamma: Bool) throws {
    let graph = try Zoo.cifarResNet(depth: 14, width: 0.25, shortcut: .b, zeroGamma: zeroGamma)
    let scales = graph.parameters.filter { $0.key.hasSuffix("bn2.weight") }
    #expect(scales.count == 6)
    #expect(scales.allSatisfy { $0.value.tensor.floats.allSatisfy { $0 == (zeroGamma ? 0 : 1) } })
    for name in ["bn1.weight", "layer1.0.bn1.weight", "layer2.0.shortcut.1.weight"] {
      #expect(try #require(graph.parameters[name]).tensor.floats.allSatisfy { $0 == 1 })
    }
  }

  /// The rows of table 1 that halve the image or change the number of channels have no shortcut: scale 0 would close them.
  @Test func zeroGammaSparesBlocksWithoutAShortcut() throws {
    let architecture = AsymmNet(.large)
    let options = try ArchitectureOptions(["zero_gamma": "true"], of: architecture.options)
    let graph = try architecture.build(options.withoutWeights())
    let spared = try (0..<15).filter { block in
      let scale = try #require(graph.parameters["asymm_block.\(block).pw_conv_linear.bn.weight"]).tensor.floats
      return scale.allSatisfy { $0 == 1 }
    }
    #expect(spared == [1, 3, 6, 10, 12])
  }
}
