import Graphs
import TestSupport
import Tensors
import Testing

@testable import Zoo

@Suite struct WeightsLoadingTests {
  private func network() throws -> Graph { try Zoo.cifarResNet(depth: 8, width: 0.25) }

  /// A file with a value for every parameter, all different; each name may be changed or left out.
  private func file(
    of graph: Graph, renamed: (String) -> String? = { $0 },
    besides: [(name: String, shape: [Int], values: [Float])] = []
  ) throws -> SafetensorsFile {
    let tensors = graph.parameters.enumerated().compactMap { number, entry in
      renamed(entry.key).map { name in
        let values = SampleTensors.positive(entry.value.shape, seed: UInt64(number)).floats
        return (name: name, shape: entry.value.shape.dimensions, values: values)
      }
    }
    return try SafetensorsFile(bytes: SafetensorsBytes.file(tensors + besides))
  }

  @Test(arguments: ["", "module.", "_orig_mod.module."])
  func valuesGoToTheParametersOfTheirNames(_ prefix: String) throws {
    let graph = try network()
    let counter = [(name: "\(prefix)bn1.num_batches_tracked", shape: [1], values: [Float(3)])]
    let (loaded, match) = graph.loadingWeights(
      from: try file(of: graph, renamed: { prefix + $0 }, besides: counter))
    #expect(match.isComplete && match.loaded == Array(graph.parameters.keys))
    #expect(match.summary == "all \(graph.parameters.count) loaded")
    for (number, (name, parameter)) in loaded.parameters.enumerated() {
      #expect(parameter.tensor == SampleTensors.positive(parameter.shape, seed: UInt64(number)), "\(name)")
    }
  }

  @Test func whatDoesNotFitIsListed() throws {
    let graph = try network()
    let others = [
      (name: "head.weight", shape: [1], values: [Float(1)]),
      (name: "linear.bias", shape: [3], values: [Float](repeating: 1, count: 3)),
    ]
    let source = try file(
      of: graph, renamed: { ["linear.bias", "bn1.running_mean"].contains($0) ? nil : $0 }, besides: others)
    let (loaded, match) = graph.loadingWeights(from: source)
    #expect(!match.isComplete)
    #expect(match.missing == ["bn1.running_mean"])
    #expect(match.unexpected == ["head.weight"])
    #expect(
      match.misshapen == [.init(name: "linear.bias", found: "float32 3", expected: "float32 10")])
    #expect(match.loaded.count == graph.parameters.count - 2)
    #expect(loaded.parameters["linear.bias"]?.tensor == graph.parameters["linear.bias"]?.tensor)
    #expect(
      match.summary == "1 missing (bn1.running_mean), 1 unexpected (head.weight), "
        + "1 misshapen (linear.bias: float32 3 for float32 10)")
  }

  @Test func longListsAreCutShort() throws {
    let (_, match) = try network().loadingWeights(from: SafetensorsFile(bytes: SafetensorsBytes.file(header: "{}")))
    #expect(match.loaded.isEmpty && match.missing.count > 7)
    #expect(match.summary.hasSuffix("and \(match.missing.count - 6) more)"))
  }

  @Test func integersAreNoWeights() throws {
    let header = "{\"fc1.bias\":{\"dtype\":\"I32\",\"shape\":[300],\"data_offsets\":[0,1200]}}"
    let bytes = SafetensorsBytes.file(header: header, data: [UInt8](repeating: 0, count: 1200))
    let (_, match) = try Zoo.leNet300().loadingWeights(from: SafetensorsFile(bytes: bytes))
    #expect(match.misshapen == [.init(name: "fc1.bias", found: "int32 300", expected: "float32 300")])
  }

  /// What torchvision's state dictionaries hold; that nothing else is in them is checked by `Scripts/verify`.
  @Test(arguments: [
    ("squeezenet1_1", ["features.0.weight", "features.3.expand3x3.bias", "classifier.1.weight"]),
    (
      "mobilenet_v2",
      ["features.0.0.weight", "features.1.conv.1.weight", "features.2.conv.3.running_var", "classifier.1.bias"]
    ),
    ("mobilenet_v3_small", ["features.1.block.1.fc1.bias", "features.12.1.weight", "classifier.3.weight"]),
    ("efficientnet_b0", ["features.2.0.block.2.fc2.weight", "features.8.0.weight", "classifier.1.weight"]),
    ("shufflenet_v2", ["conv1.0.weight", "stage2.0.branch1.2.weight", "stage4.3.branch2.6.bias", "conv5.1.weight"]),
    ("resnet18", ["conv1.weight", "layer2.0.downsample.1.running_mean", "layer4.1.bn2.bias", "fc.weight"]),
    (
      "densenet121", ["features.conv0.weight", "features.denseblock4.denselayer16.norm2.weight", "features.norm5.bias"]
    ),
  ])
  func namesAreTorchvisions(_ network: String, _ expected: [String]) throws {
    let architecture = try Zoo.architecture(named: network)
    let graph = try architecture.build(ArchitectureOptions(defaultsOf: architecture.options).withoutWeights())
    for name in expected { #expect(graph.parameters[name] != nil, "\(name)") }
  }
}
