import Graphs
import Tensors
import Testing
import Zoo

/// Every option of every architecture is an argument of its function on `Zoo`.
@Suite struct ZooKnobTests {
  /// A network with none of its options at the default, by reference and by function.
  struct Network: Sendable, CustomTestStringConvertible {
    let reference: String
    let build: @Sendable () throws -> Graph

    init(_ reference: String, _ build: @escaping @Sendable () throws -> Graph) {
      (self.reference, self.build) = (reference, build)
    }

    var testDescription: String { reference }
  }

  static let imageNet: [Network] = [
    Network(
      "squeezenet1_1?width=0.25&squeeze=0.5&spatial=0.25&bypass=complex&dropout=0.3&classes=7&form=cifar"
        + "&input=24&seed=3"
    ) {
      try Zoo.squeezeNet(
        lighter: true, width: 0.25, squeeze: 0.5, spatial: 0.25, bypass: .complex, dropout: 0.3, classes: 7,
        form: .cifar, input: 24, seed: 3)
    },
    Network("xception?width=0.05&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.xception(width: 0.05, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("mobilenet_v1?width=0.25&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.mobileNetV1(width: 0.25, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("mobilenet_v2?width=0.25&linear=false&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.mobileNetV2(width: 0.25, linear: false, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("mobilenet_v3_large?width=0.25&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.mobileNetV3Large(width: 0.25, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("mobilenet_v3_small?width=0.25&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.mobileNetV3Small(width: 0.25, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network(
      "efficientnet_b0?phi=-1&width=0.25&depth=0.5&padding=same&dropout=0.3&stochastic_depth=0.4&classes=7&form=cifar"
        + "&input=24&seed=3"
    ) {
      try Zoo.efficientNet(
        coefficient: -1, width: 0.25, depth: 0.5, padding: .same, dropout: 0.3, stochasticDepth: 0.4, classes: 7,
        form: .cifar, input: 24, seed: 3)
    },
    Network("shufflenet_v1?groups=2&scale=0.5&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.shuffleNetV1(groups: 2, scale: 0.5, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("shufflenet_v2?width=0.5&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.shuffleNetV2(width: 0.5, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("ghostnet?width=0.25&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.ghostNet(width: 0.25, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("asymmnet_large?width=0.25&rate=2&zero_gamma=true&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.asymmNetLarge(
        width: 0.25, rate: 2, zeroGamma: true, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("asymmnet_small?width=0.25&rate=0&zero_gamma=true&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.asymmNetSmall(
        width: 0.25, rate: 0, zeroGamma: true, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("repvgg_a1?deploy=true&width=0.125&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.repVGG(
        "a1", deploy: true, width: 0.125, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("resnet18?width=0.125&zero_gamma=true&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.resNet(
        depth: 18, width: 0.125, zeroGamma: true, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("wide_resnet50_2?width=0.125&zero_gamma=true&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.wideResNet(
        depth: 50, widening: 2, width: 0.125, zeroGamma: true, dropout: 0.3, classes: 7, form: .cifar, input: 24,
        seed: 3)
    },
    Network("preact_resnet18?width=0.125&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.preActResNet(depth: 18, width: 0.125, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("vgg11_bn?width=0.125&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.vgg(depth: 11, width: 0.125, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("densenet121?growth=4&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.denseNet121(growth: 4, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
    Network("alexnet?width=0.125&dropout=0.3&classes=7&form=cifar&input=24&seed=3") {
      try Zoo.alexNet(width: 0.125, dropout: 0.3, classes: 7, form: .cifar, input: 24, seed: 3)
    },
  ]

  static let smallImages: [Network] = [
    Network("resnet8?width=0.5&shortcut=b&zero_gamma=true&stochastic_depth=0.4&classes=7&input=24&seed=3") {
      try Zoo.cifarResNet(
        depth: 8, width: 0.5, shortcut: .b, zeroGamma: true, stochasticDepth: 0.4, classes: 7, input: 24, seed: 3)
    },
    Network("preact_resnet20?width=0.5&classes=7&input=24&seed=3") {
      try Zoo.preActResNet(depth: 20, width: 0.5, classes: 7, input: 24, seed: 3)
    },
    Network("wide_resnet16_2?width=0.5&dropout=0.3&classes=7&input=24&seed=3") {
      try Zoo.wideResNet(depth: 16, widening: 2, width: 0.5, dropout: 0.3, classes: 7, input: 24, seed: 3)
    },
    Network("vgg8_bn?width=0.125&dropout=0.3&classes=7&input=24&seed=3") {
      try Zoo.vgg(depth: 8, width: 0.125, dropout: 0.3, classes: 7, input: 24, seed: 3)
    },
    Network("densenet40?growth=2&dropout=0.3&classes=7&input=24&seed=3") {
      try Zoo.denseNet40(growth: 2, dropout: 0.3, classes: 7, input: 24, seed: 3)
    },
    Network("lenet300?width=0.5&classes=7&input=24&seed=3") {
      try Zoo.leNet300(width: 0.5, classes: 7, input: 24, seed: 3)
    },
    Network("lenet5?width=0.5&classes=7&input=24&seed=3") {
      try Zoo.leNet5(width: 0.5, classes: 7, input: 24, seed: 3)
    },
    Network("digits_mlp?width=0.5&classes=7&input=12&seed=3") {
      try Zoo.digitsMLP(width: 0.5, classes: 7, input: 12, seed: 3)
    },
    Network("digits_separable?width=0.5&classes=7&input=12&seed=3") {
      try Zoo.digitsSeparable(width: 0.5, classes: 7, input: 12, seed: 3)
    },
  ]

  /// Inputs, nodes with their attributes, and parameters with their shapes.
  private func layers(of graph: Graph) -> [String] {
    graph.inputs.map { "\($0)" }
      + graph.nodes.map { "\($0.name): \($0.op) of \($0.inputs) makes \($0.outputs)" }
      + graph.parameters.map { "\($0.key): \($0.value.shape)" }
  }

  @Test(arguments: imageNet + smallImages)
  func functionsBuildWhatReferencesBuild(_ network: Network) throws {
    let found = try network.build()
    let expected = try Zoo.graph(ZooReference(parsing: "zoo:\(network.reference)"))
    #expect(found.name == expected.name)
    #expect(layers(of: found) == layers(of: expected))
    let hasSameWeights = found.parameters.mapValues(\.tensor) == expected.parameters.mapValues(\.tensor)
    #expect(hasSameWeights)
  }

  /// A function that ignored one of its arguments would build another network than the reference: each option that the
  /// architecture has is set above, and matters. (Seeds are in the weights.)
  @Test(arguments: imageNet + smallImages)
  func everyOptionIsSetAndMatters(_ network: Network) throws {
    let reference = try ZooReference(parsing: "zoo:\(network.reference)")
    let architecture = try Zoo.architecture(named: reference.name)
    #expect(Set(reference.options.keys) == Set(architecture.options.map(\.name)))
    func built(without option: String?) throws -> Graph {
      let texts = reference.options.filter { $0.key != option }
      return try architecture.build(ArchitectureOptions(texts, of: architecture.options).withoutWeights())
    }
    let whole = try built(without: nil)
    for option in reference.options.keys where option != "seed" {
      // The form for ImageNet may refuse so small an image, which is a difference, too; nothing else is refused.
      guard let other = try option == "form" ? try? built(without: option) : built(without: option) else { continue }
      let isDifferent =
        layers(of: other) != layers(of: whole)
        || other.parameters.mapValues(\.tensor) != whole.parameters.mapValues(\.tensor)
      #expect(isDifferent, "\(option) changes nothing")
    }
  }

  @Test func everyArchitectureIsInTheTable() throws {
    let tested = try (Self.imageNet + Self.smallImages).map { network in
      let architecture = try Zoo.architecture(named: ZooReference(parsing: "zoo:\(network.reference)").name)
      return String(describing: type(of: architecture))
    }
    #expect(Set(tested) == Set(Zoo.architectures.map { String(describing: type(of: $0)) }))
  }
}
