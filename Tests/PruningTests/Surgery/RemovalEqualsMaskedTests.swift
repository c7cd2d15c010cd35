import Graphs
import TestSupport
import Tensors
import Testing
import Zoo

@testable import Pruning

/// Networks of the zoo, narrow and on small images: after removal they compute exactly what they computed with the
/// removed channels at zero.
@Suite("Removal equals masking over the zoo")
struct RemovalEqualsMaskedTests {
  /// Both sides are computed in double precision from the same float32 weights.
  static let tolerance = 1e-5

  static let references = [
    "squeezenet1_0?form=cifar&input=16&width=0.25&bypass=simple&spatial=0.25",
    "squeezenet1_1?input=40&width=0.25&bypass=complex&squeeze=0.5&classes=7",
    "xception?form=cifar&input=16&width=0.05", "mobilenet_v1?form=cifar&input=24&width=0.25",
    "mobilenet_v2?form=cifar&input=16&width=0.25", "mobilenet_v3_small?form=cifar&input=16&width=0.25",
    "efficientnet_b0?form=cifar&phi=-2&width=0.5", "shufflenet_v1?form=cifar&input=16&scale=0.25&groups=1",
    "shufflenet_v1?form=cifar&input=16&scale=0.25&groups=4",
    "shufflenet_v2?form=cifar&input=16&width=0.5",
    "ghostnet?form=cifar&input=16&width=0.25", "asymmnet_small?form=cifar&input=16&width=0.25&rate=2",
    "repvgg_a0?form=cifar&input=16&width=0.125", "repvgg_b0?form=cifar&input=16&width=0.125&deploy=true", "resnet8",
    "resnet8?shortcut=b&width=0.5", "resnet18?form=cifar&input=16&width=0.125",
    "resnet50?input=32&width=0.125&classes=7",
    "wide_resnet16_2?width=0.25&dropout=0.3", "preact_resnet18?form=cifar&input=16&width=0.125",
    "vgg8_bn?input=16&width=0.125", "densenet40?input=16&growth=2&dropout=0.2",
    "alexnet?form=cifar&input=16&width=0.125",
    "lenet300?width=0.25", "lenet5?width=0.5", "digits_separable",
  ]

  /// The graph with weights that keep the size of what passes (He et al. 2015), and with biases, shifts and running
  /// statistics as a trained network has them.
  private func lively(_ graph: Graph, _ random: inout RandomSource) -> Graph {
    var result = graph
    for (name, role) in graph.roles().sorted(by: { $0.key < $1.key }) {
      let shape = graph.parameters[name]!.shape
      var (centre, spread) = (0.0, 0.0)
      switch role {
      case .weight, .depthwiseWeight: spread = (6 * Double(shape[0]) / Double(shape.count)).squareRoot()
      case .normalizationScale: (centre, spread) = (1, 0.5)
      case .bias, .normalizationShift: (centre, spread) = (0, 0.3)
      // Large means would leave nothing behind the rectifiers of a deep network.
      case .runningStatistic: (centre, spread) = name.hasSuffix("running_mean") ? (0, 0.4) : (0.7, 0.4)
      default: continue
      }
      let values = (0..<shape.count).map { _ in Float(centre + spread * (2 * random.uniform() - 1)) }
      result.parameters[name] = .dense(Tensor(values, shape: shape))
    }
    return result
  }

  @Test(arguments: references)
  func sameOutputs(_ reference: String) throws {
    var random = RandomSource(seed: 7, UInt64(reference.utf8.count))
    let graph = lively(try Zoo.graph(ZooReference(parsing: "zoo:\(reference)")), &random)
    let groups = try graph.removableChannelGroups().groups
    #expect(!groups.isEmpty)
    let port = graph.inputs[0]
    let input = [port.name: SampleTensors.normal(try #require(port.type.shape).bound(toBatch: 2))]
    func output(_ graph: Graph) throws -> Tensor {
      try #require(
        try ReferenceEvaluation(of: graph, inputs: input, batch: 2, double: true).values[graph.outputs[0].name])
    }
    let removed = groups.flatMap { group in
      let share = 0.1 + 0.5 * random.uniform()
      let chosen = group.channels.filter { _ in random.uniform() < share }
      return Array(chosen.prefix(group.channels.count - 1))
    }
    #expect(!removed.isEmpty)
    let smaller = try ChannelSurgery().removing(removed, from: graph)
    #expect(try smaller.costs().parameters < graph.costs().parameters)
    let (found, wanted) = (try output(smaller), try output(graph.zeroing(removed)))
    #expect(Tolerance.relative(found, wanted) <= Self.tolerance)
    // The channels mattered: a comparison of networks that ignore them would prove nothing.
    #expect(Tolerance.relative(found, try output(graph)) > 100 * Self.tolerance)
  }
}
