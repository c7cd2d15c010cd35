import Foundation
import Graphs
import TestSupport
import Tensors
import Testing

@testable import ONNXFormat

struct RoundTripTests {
  static let image = Tensor((0..<216).map { Float($0 % 13) / 13 }, shape: [2, 3, 6, 6])

  @Test
  func theSameNetworkComesBack() throws {
    let graph = try FileBuilding.classifier()
    let again = try Model(onnx: Model(graph).onnxBytes()).graph
    #expect(again.inputs == graph.inputs)
    #expect(again.outputs == graph.outputs)
    #expect(again.nodes.map(\.name) == graph.nodes.map(\.name))
    #expect(again.nodes.map(\.inputs) == graph.nodes.map(\.inputs))
    #expect(Array(again.parameters.keys) == Array(graph.parameters.keys))
    let before = try ReferenceEvaluation(of: graph, inputs: ["image": Self.image], batch: 2).values["logits"]
    let after = try ReferenceEvaluation(of: again, inputs: ["image": Self.image], batch: 2).values["logits"]
    #expect(before == after)
  }

  @Test
  func theSameModelGivesTheSameBytes() throws {
    let model = Model(try FileBuilding.classifier(), metadata: ["b": "2", "a": "1", "c": "3"])
    let first = try model.onnxBytes()
    #expect(try model.onnxBytes() == first)
    #expect(try Model(onnx: first).onnxBytes() == first)
  }

  @Test
  func textsBesideTheNetworkComeBack() throws {
    var model = Model(try FileBuilding.classifier(), metadata: ["author": "someone"], documentation: "A test.")
    model.labels = ["cat", "dog"]
    model.history = ["pruned", "quantized"]
    model.preparationJSON = "{\"mean\":[0.5]}"
    let again = try Model(onnx: model.onnxBytes())
    #expect(again.metadata == model.metadata)
    #expect(again.labels == ["cat", "dog"])
    #expect(again.history == ["pruned", "quantized"])
    #expect(again.documentation == "A test.")
    #expect(again.producer == "pare")
  }

  @Test(arguments: [DataType.float16, .bfloat16])
  func halfPrecisionWeightsStaySo(type: DataType) throws {
    var graph = try FileBuilding.classifier()
    let weights = graph.parameters["conv.weight"]!.tensor
    graph.parameters["conv.weight"] = .coded(try CodedTensor(halfPrecision: weights.cast(to: type)))
    let again = try Model(onnx: Model(graph).onnxBytes()).graph
    guard case .coded(let coded)? = again.parameters["conv.weight"] else {
      Issue.record("the weights are no longer coded")
      return
    }
    #expect(coded.payload == weights.cast(to: type))
    #expect(again.nodes.map(\.op.kind) == graph.nodes.map(\.op.kind))
  }

  @Test(arguments: [DataType.float16, .float64])
  func portsOfOtherFloatTypesAreDeclaredAsTheyWere(type: DataType) throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4], type: type)],
      outputs: [FileBuilding.input("y", ["n", 4], type: type)],
      weights: ["w": Tensor([1, 2, 3, 4] as [Float]).cast(to: type)],
      nodes: [try FileBuilding.node("Mul", ["x", "w"], ["a"]), try FileBuilding.node("Relu", ["a"], ["y"])])
    let first = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    #expect(first.graph.inputs[0].type == ValueType(.float32, [.batch, .fixed(4)]))
    #expect(first.graph.nodes.map(\.op.kind) == ["Mul", "Relu"])
    let written = try Onnx_ModelProto(serializedBytes: first.onnxBytes())
    #expect(written.graph.input == graph.input)
    #expect(written.graph.output == graph.output)
    let second = try Model(onnx: first.onnxBytes())
    #expect(second.graph.nodes.map(\.op.kind) == ["Mul", "Relu"])
    #expect(try second.onnxBytes() == first.onnxBytes())
  }

  /// The version of the operator set that a node forces on a file, and the types it holds.
  private func written(_ build: (GraphBuilder, Value) throws -> Value) throws -> (opset: Int64, types: [String]) {
    let builder = GraphBuilder()
    let x = builder.imageInput("x", channels: 4, height: 6, width: 6)
    try builder.output(build(builder, x), as: "y")
    let bytes = try Model(builder.build()).onnxBytes()
    let file = try Onnx_ModelProto(serializedBytes: bytes)
    #expect(try Model(onnx: bytes).onnxBytes() == bytes)
    return (file.opsetImport[0].version, file.graph.node.map(\.opType))
  }

  @Test
  func newFormsRaiseTheOperatorSet() throws {
    #expect(try written { try $0.upsampled($1, by: 2) }.opset == 17)
    #expect(try written { try $0.resized($1, height: 9, width: 5) }.opset == 17)
    let smooth = Interpolation(.linear, isAntialiased: true)
    #expect(try written { try $0.resized($1, height: 3, width: 4, smooth) }.opset == 18)
    #expect(try written { try $0.groupNormalization($1, groups: 2) }.opset == 21)
    let dilated = AveragePool(window: SpatialWindow(kernel: [2, 2], dilations: [2, 2]))
    #expect(try written { try $0.add(dilated, $1) }.opset == 19)
    let split = try written { try $0.sum($0.split($1, into: 2)[0], $0.split($1, lengths: [2, 2])[1]) }
    #expect(split.opset == 17)
    #expect(split.types == ["Split", "Split", "Add"])
  }

  @Test
  func formsThatExcludeEachOtherAreRefused() throws {
    let error = #expect(throws: PareError.self) {
      try written { builder, x in
        let perGroup = [builder.parameter("s", Tensor([Float(1), 2])), builder.parameter("b", Tensor([Float(0), 1]))]
        let old = try builder.add(GroupNormalization(groups: 2, scalesGroups: true), [x] + perGroup)[0]
        return try builder.groupNormalization(old, groups: 2)
      }
    }
    #expect(error?.code == .unsupported)
    #expect(error?.description.contains("operator sets 18 to 20") == true)
  }

  @Test
  func anUpsampleIsReadAsAResize() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 2, 3, 3])], outputs: [FileBuilding.input("y", ["n", 2, 6, 9])],
      weights: ["scales": Tensor([1, 1, 2, 3] as [Float])],
      nodes: [try FileBuilding.node("Upsample", ["x", "scales"], ["y"])])
    let model = try Model(onnx: FileBuilding.file(graph, opset: 9).serializedBytes())
    #expect(model.graph.nodes.map(\.op.kind) == ["Resize"])
    #expect(model.graph.parameters.isEmpty)
    let again = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    #expect(again.graph.node.map(\.opType) == ["Resize"])
    #expect(again.opsetImport[0].version == 17)
  }

  @Test
  func equalConstantsAreWrittenOnce() throws {
    let axes = Tensor([2] as [Int64])
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4])], outputs: [FileBuilding.input("y", ["n", 4, 1, 1])],
      weights: ["axes": axes],
      nodes: [
        try FileBuilding.node("Unsqueeze", ["x", "axes"], ["a"]),
        try FileBuilding.node("Unsqueeze", ["a", "axes"], ["y"]),
      ])
    let model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    #expect(model.graph.parameters.isEmpty)
    let written = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    #expect(written.graph.initializer.map(\.name) == ["c0"])
  }

  @Test
  func aFileIsReplacedWhole() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "network.onnx")
    try Data("old".utf8).write(to: url)
    let count = try ONNXFile.write(Model(try FileBuilding.classifier()), to: url)
    #expect(try Data(contentsOf: url).count == count)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["network.onnx"])
    #expect(throws: PareError.self) {
      try ONNXFile.write(Model(try FileBuilding.classifier()), to: folder.url.appending(path: "missing/network.onnx"))
    }
  }
}
