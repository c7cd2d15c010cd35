import Graphs
import Tensors
import Testing
import Zoo

/// The shape behind each stage of networks that torchvision does not have, as the papers' tables give it.
@Suite struct StageShapeTests {
  struct Network: Sendable, CustomTestStringConvertible {
    let reference: String
    /// The scope of a stage, and channels, rows and columns of what it makes.
    let stages: [(scope: String, shape: [Int])]

    var testDescription: String { reference }
  }

  static let networks = [
    Network(
      reference: "xception",
      stages: [
        ("conv1", [32, 149, 149]), ("conv2", [64, 147, 147]), ("block1", [128, 74, 74]), ("block2", [256, 37, 37]),
        ("block3", [728, 19, 19]), ("block4", [728, 19, 19]), ("block11", [728, 19, 19]),
        ("block12", [1024, 10, 10]), ("conv3", [1536, 10, 10]), ("conv4", [2048, 10, 10]),
      ]),
    Network(
      reference: "mobilenet_v1",
      stages: [
        ("features.0", [32, 112, 112]), ("features.1", [64, 112, 112]), ("features.2", [128, 56, 56]),
        ("features.3", [128, 56, 56]), ("features.4", [256, 28, 28]), ("features.5", [256, 28, 28]),
        ("features.6", [512, 14, 14]), ("features.11", [512, 14, 14]), ("features.12", [1024, 7, 7]),
        ("features.13", [1024, 7, 7]),
      ]),
    Network(
      reference: "shufflenet_v1",
      stages: [
        ("first_conv", [24, 112, 112]), ("features.0", [240, 28, 28]), ("features.3", [240, 28, 28]),
        ("features.4", [480, 14, 14]), ("features.11", [480, 14, 14]), ("features.12", [960, 7, 7]),
        ("features.15", [960, 7, 7]),
      ]),
    Network(
      reference: "shufflenet_v1?groups=8",
      stages: [("features.3", [384, 28, 28]), ("features.11", [768, 14, 14]), ("features.15", [1536, 7, 7])]),
    // Half of 200 and of 272 channels, a quarter of which does not split into the groups.
    Network(
      reference: "shufflenet_v1?groups=2&scale=0.5",
      stages: [
        ("first_conv", [12, 112, 112]), ("features.3", [104, 28, 28]), ("features.11", [200, 14, 14]),
        ("features.15", [400, 7, 7]),
      ]),
    Network(
      reference: "shufflenet_v1?groups=4&scale=0.5",
      stages: [("features.3", [144, 28, 28]), ("features.11", [272, 14, 14]), ("features.15", [544, 7, 7])]),
    Network(
      reference: "ghostnet",
      stages: [
        ("conv_stem", [16, 112, 112]), ("blocks.0.0", [16, 112, 112]), ("blocks.1.0", [24, 56, 56]),
        ("blocks.2.0", [24, 56, 56]), ("blocks.3.0", [40, 28, 28]), ("blocks.4.0", [40, 28, 28]),
        ("blocks.5.0", [80, 14, 14]), ("blocks.6.2", [80, 14, 14]), ("blocks.6.4", [112, 14, 14]),
        ("blocks.7.0", [160, 7, 7]), ("blocks.8.3", [160, 7, 7]), ("blocks.9.0", [960, 7, 7]),
        ("conv_head", [1280, 1, 1]),
      ]),
    Network(
      reference: "asymmnet_large",
      stages: [
        ("first_block", [16, 112, 112]), ("asymm_block.0", [16, 112, 112]), ("asymm_block.2", [24, 56, 56]),
        ("asymm_block.5", [40, 28, 28]), ("asymm_block.9", [80, 14, 14]), ("asymm_block.11", [112, 14, 14]),
        ("asymm_block.14", [160, 7, 7]), ("last_block.1", [960, 7, 7]), ("last_block.4", [1280, 1, 1]),
      ]),
    Network(
      reference: "asymmnet_small",
      stages: [
        ("asymm_block.0", [16, 56, 56]), ("asymm_block.2", [24, 28, 28]), ("asymm_block.5", [40, 14, 14]),
        ("asymm_block.7", [48, 14, 14]), ("asymm_block.10", [96, 7, 7]), ("last_block.1", [576, 7, 7]),
      ]),
    Network(
      reference: "repvgg_a0",
      stages: [
        ("stage0", [48, 112, 112]), ("stage1.1", [48, 56, 56]), ("stage2.3", [96, 28, 28]),
        ("stage3.13", [192, 14, 14]), ("stage4.0", [1280, 7, 7]),
      ]),
    Network(
      reference: "repvgg_b1?deploy=true",
      stages: [
        ("stage0", [64, 112, 112]), ("stage1.3", [128, 56, 56]), ("stage2.5", [256, 28, 28]),
        ("stage3.15", [512, 14, 14]), ("stage4.0", [2048, 7, 7]),
      ]),
    Network(
      reference: "efficientnet_b0?padding=same",
      stages: [
        ("features.0", [32, 112, 112]), ("features.1", [16, 112, 112]), ("features.2", [24, 56, 56]),
        ("features.3", [40, 28, 28]), ("features.4", [80, 14, 14]), ("features.5", [112, 14, 14]),
        ("features.6", [192, 7, 7]), ("features.7", [320, 7, 7]), ("features.8", [1280, 7, 7]),
      ]),
    Network(
      reference: "resnet20",
      stages: [
        ("conv1", [16, 32, 32]), ("layer1.2", [16, 32, 32]), ("layer2.2", [32, 16, 16]), ("layer3.2", [64, 8, 8]),
      ]),
    Network(
      reference: "preact_resnet18",
      stages: [
        ("conv1", [64, 112, 112]), ("layer1.1", [64, 56, 56]), ("layer2.1", [128, 28, 28]),
        ("layer3.1", [256, 14, 14]), ("layer4.1", [512, 7, 7]),
      ]),
    Network(
      reference: "preact_resnet164",
      stages: [("layer1.17", [64, 32, 32]), ("layer2.17", [128, 16, 16]), ("layer3.17", [256, 8, 8])]),
    Network(
      reference: "wide_resnet16_4",
      stages: [
        ("conv1", [16, 32, 32]), ("block1.layer.1", [64, 32, 32]), ("block2.layer.1", [128, 16, 16]),
        ("block3.layer.1", [256, 8, 8]),
      ]),
    Network(
      reference: "densenet40",
      stages: [
        ("features.conv0", [16, 32, 32]), ("features.denseblock1", [160, 32, 32]),
        ("features.transition1", [160, 16, 16]), ("features.denseblock2", [304, 16, 16]),
        ("features.transition2", [304, 8, 8]), ("features.denseblock3", [448, 8, 8]),
      ]),
    Network(
      reference: "vgg8_bn",
      stages: [
        ("features.0", [64, 32, 32]), ("features.4", [128, 16, 16]), ("features.8", [256, 8, 8]),
        ("features.12", [512, 4, 4]), ("features.16", [512, 4, 4]),
      ]),
    Network(reference: "lenet5", stages: [("conv1", [20, 24, 24]), ("conv2", [50, 8, 8]), ("fc1", [500])]),
    Network(reference: "lenet300", stages: [("fc1", [300]), ("fc2", [100])]),
  ]

  @Test(arguments: networks)
  func stagesHaveThePapersShapes(_ network: Network) throws {
    let reference = try ZooReference(parsing: "zoo:\(network.reference)")
    let architecture = try Zoo.architecture(named: reference.name)
    let options = try ArchitectureOptions(reference.options, of: architecture.options)
    let graph = try architecture.build(options.withoutWeights())
    let shapes = try graph.shapes(batch: 1)
    for (scope, shape) in network.stages {
      let node = try #require(
        graph.nodes.last { $0.name == scope || $0.name.hasPrefix("\(scope).") }, "there is no stage \(scope)")
      #expect(shapes[node.outputs[0]] == Shape([1] + shape), "\(scope)")
    }
  }
}
