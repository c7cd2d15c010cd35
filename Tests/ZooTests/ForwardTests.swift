import Engine
import Graphs
import Measurement
import TestSupport
import Tensors
import Testing
import Zoo

/// Narrow networks on small images, computed by the engine and by the operators' reference evaluations.
@Suite struct ForwardTests {
  /// float32 through up to a hundred and twenty layers against double precision, relative to the largest score.
  static let tolerance = 2e-4

  static let references = [
    "squeezenet1_0?form=cifar&input=16&width=0.25", "squeezenet1_1?form=cifar&input=16&width=0.25",
    "squeezenet1_0?form=cifar&input=16&width=0.25&bypass=simple&spatial=0.25",
    "squeezenet1_1?input=40&width=0.25&bypass=complex&squeeze=0.5&classes=7",
    "xception?form=cifar&input=16&width=0.05", "xception?input=40&width=0.05&classes=7",
    "mobilenet_v1?form=cifar&input=16&width=0.25", "mobilenet_v1?input=32&width=0.25&classes=7",
    "mobilenet_v2?form=cifar&input=16&width=0.25", "mobilenet_v2?form=cifar&input=16&width=0.25&linear=false",
    "mobilenet_v3_large?form=cifar&input=16&width=0.25", "mobilenet_v3_small?form=cifar&input=16&width=0.25",
    "efficientnet_b0?form=cifar&input=16&width=0.25", "efficientnet_b0?input=33&width=0.25&padding=same&classes=7",
    "efficientnet_b0?form=cifar&phi=-2&width=0.5", "efficientnet_b1?form=cifar&input=16&width=0.25&depth=0.3",
    "shufflenet_v1?form=cifar&input=16&scale=0.25&groups=1", "shufflenet_v1?form=cifar&input=16&scale=0.25&groups=2",
    "shufflenet_v1?form=cifar&input=16&scale=0.25", "shufflenet_v1?form=cifar&input=16&scale=0.25&groups=4",
    "shufflenet_v1?input=33&scale=0.25&groups=8&classes=7", "shufflenet_v2?form=cifar&input=16&width=0.5",
    "ghostnet?form=cifar&input=16&width=0.25", "asymmnet_large?form=cifar&input=16&width=0.25",
    "asymmnet_small?form=cifar&input=16&width=0.25&rate=0", "asymmnet_small?form=cifar&input=16&width=0.25&rate=2",
    "repvgg_a0?form=cifar&input=16&width=0.125", "repvgg_b0?form=cifar&input=16&width=0.125&deploy=true",
    "resnet8?shortcut=b&width=0.5", "resnet8?input=21&width=0.5", "resnet18?form=cifar&input=16&width=0.125",
    "resnet50?input=32&width=0.125&classes=7", "resnet50?form=cifar&input=16&width=0.125&zero_gamma=true",
    "wide_resnet50_2?form=cifar&input=16&width=0.0625", "preact_resnet18?form=cifar&input=16&width=0.125",
    "preact_resnet50?input=32&width=0.125&classes=7", "preact_resnet20?width=0.25",
    "wide_resnet16_2?width=0.25&dropout=0.3", "vgg8_bn?input=16&width=0.125",
    "vgg11_bn?form=cifar&input=16&width=0.125", "vgg11_bn?input=32&width=0.0625&classes=7",
    "densenet40?input=16&growth=2&dropout=0.2", "densenet121?form=cifar&input=16&growth=4",
    "densenet121?input=32&growth=4&classes=7", "alexnet?form=cifar&input=16&width=0.125",
    "alexnet?input=64&width=0.125&classes=7", "lenet300?width=0.25", "lenet5?width=0.5",
    "lenet5?input=20&width=0.5",
  ]

  /// Winograd's algorithm through whole networks of 3x3 convolutions against the plain sums of products.
  @Test(arguments: ["resnet20", "resnet56", "vgg16_bn?form=cifar&width=0.5"])
  func winogradKeepsToTheExactForm(_ reference: String) throws {
    let graph = try Zoo.graph(ZooReference(parsing: "zoo:\(reference)"))
    let input = ["input": SampleTensors.normal([8, 3, 32, 32])]
    func scores(isExact: Bool) throws -> Tensor {
      try #require(try SingleRun.outputs(of: graph, for: input, engine: Engine(threads: 1, isExact: isExact))["logits"])
    }
    let (fast, exact) = (try scores(isExact: false), try scores(isExact: true))
    #expect(fast.floats != exact.floats)
    #expect(Tolerance.relative(fast, exact) < 1e-4)
  }

  @Test(arguments: references)
  func engineAndReferenceAgree(_ reference: String) throws {
    let graph = try Zoo.graph(ZooReference(parsing: "zoo:\(reference)"))
    let shape = try #require(graph.inputs[0].type.shape).bound(toBatch: 2)
    let input = ["input": SampleTensors.normal(shape)]
    let expected = try #require(
      try ReferenceEvaluation(of: graph, inputs: input, batch: 2, double: true).values["logits"])
    let found = try #require(try SingleRun.outputs(of: graph, for: input, engine: Engine(threads: 1))["logits"])
    #expect(found.shape == [2, reference.contains("classes=7") ? 7 : 10])
    #expect(found.isFinite)
    // The scores tell the two images apart, so that agreement is more than that of what they have in common.
    let (first, second) = (found.doubles.prefix(found.shape[1]), found.doubles.suffix(found.shape[1]))
    let difference = zip(first, second).map { abs($0 - $1) }.max() ?? 0
    #expect(difference > 0.02 * (found.doubles.map(abs).max() ?? 0))
    #expect(Tolerance.relative(found, expected) <= Self.tolerance)
  }
}
