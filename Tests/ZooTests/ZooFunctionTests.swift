import Graphs
import Tensors
import Testing
import Zoo

/// The functions named after architectures give what references give.
@Suite struct ZooFunctionTests {
  @Test func mobileNetV2() throws {
    let graph = try Zoo.mobileNetV2(width: 0.5, classes: 10)
    let other = try Zoo.graph(ZooReference(parsing: "zoo:mobilenet_v2?width=0.5&classes=10"))
    #expect(graph.name == other.name && graph.parameters.keys == other.parameters.keys)
    #expect(graph.outputs[0].type.shape == [.batch, .fixed(10)])
    #expect(graph.parameters["features.0.0.weight"]?.tensor == other.parameters["features.0.0.weight"]?.tensor)
  }

  /// A network of each function, small, and its name.
  static let built: [(name: String, build: @Sendable () throws -> Graph)] = [
    ("squeezenet1_1", { try Zoo.squeezeNet(lighter: true, width: 0.25, form: .cifar) }),
    ("xception", { try Zoo.xception(width: 0.05, form: .cifar) }),
    ("mobilenet_v1", { try Zoo.mobileNetV1(width: 0.25, form: .cifar) }),
    ("mobilenet_v2", { try Zoo.mobileNetV2(width: 0.25, linear: false, form: .cifar) }),
    ("mobilenet_v3_large", { try Zoo.mobileNetV3Large(width: 0.25, form: .cifar) }),
    ("mobilenet_v3_small", { try Zoo.mobileNetV3Small(width: 0.25, form: .cifar) }),
    ("efficientnet_b0", { try Zoo.efficientNet(coefficient: -2, width: 0.25, form: .cifar) }),
    ("efficientnet_b2", { try Zoo.efficientNet(b: 2, width: 0.25, depth: 0.5, form: .cifar) }),
    ("shufflenet_v1", { try Zoo.shuffleNetV1(groups: 8, scale: 0.25, form: .cifar) }),
    ("shufflenet_v2", { try Zoo.shuffleNetV2(width: 0.5, form: .cifar) }),
    ("ghostnet", { try Zoo.ghostNet(width: 0.25, form: .cifar) }),
    ("asymmnet_large", { try Zoo.asymmNetLarge(width: 0.25, form: .cifar) }),
    ("asymmnet_small", { try Zoo.asymmNetSmall(width: 0.25, form: .cifar) }),
    ("repvgg_a1", { try Zoo.repVGG("a1", deploy: true, width: 0.125, form: .cifar) }),
    ("resnet8", { try Zoo.cifarResNet(depth: 8) }),
    ("resnet18", { try Zoo.resNet(depth: 18, width: 0.125, form: .cifar) }),
    ("preact_resnet20", { try Zoo.preActResNet(depth: 20, width: 0.5) }),
    ("preact_resnet18", { try Zoo.preActResNet(depth: 18, width: 0.125, form: .cifar) }),
    ("wide_resnet16_2", { try Zoo.wideResNet(depth: 16, widening: 2) }),
    ("vgg8_bn", { try Zoo.vgg(depth: 8, width: 0.125) }),
    ("vgg11_bn", { try Zoo.vgg(depth: 11, width: 0.125, form: .cifar) }),
    ("densenet40", { try Zoo.denseNet40(growth: 2) }),
    ("densenet121", { try Zoo.denseNet121(growth: 4, form: .cifar) }),
    ("alexnet", { try Zoo.alexNet(width: 0.125, form: .cifar) }),
    ("lenet300", { try Zoo.leNet300() }),
    ("lenet5", { try Zoo.leNet5() }),
  ]

  @Test(arguments: built.indices)
  func eachBuildsItsNetwork(_ index: Int) throws {
    let (name, build) = Self.built[index]
    let graph = try build()
    #expect(graph.name == name)
    #expect(graph.outputs[0].type.shape == [.batch, .fixed(10)])
  }

  @Test func networksThatAreNotThereAreUsageErrors() {
    for build in [{ try Zoo.resNet(depth: 19) }, { try Zoo.repVGG("c0") }, { try Zoo.vgg(depth: 12) }] {
      #expect { try build() } throws: { ($0 as? PareError)?.code == .usage }
    }
  }

  @Test func imagesThatAreTooSmallAreUsageErrors() {
    #expect {
      try Zoo.alexNet(width: 0.05, input: 8)
    } throws: { error in
      guard let error = error as? PareError else { return false }
      return error.code == .usage && error.message.contains("does not fit")
    }
  }
}
