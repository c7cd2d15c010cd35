import Foundation
import Graphs
import Tensors
import Testing

@testable import ONNXFormat

struct OpaqueOperatorTests {
  private let input = [FileBuilding.input("x", ["n", 4])]
  private let output = [FileBuilding.input("y", ["n", 4])]
  private let weights = ["w": Tensor([1, 2, 3, 4] as [Float]), "k": Tensor([2] as [Int64])]

  @Test(arguments: ["", "com.example"])
  func isWrittenBackAsItStood(domain: String) throws {
    let unknown = try FileBuilding.node(
      "Wobble", ["a", "w", "", "k"], ["b", "c"], ["strength": .float(2), "modes": .strings(["x"])], domain: domain)
    let graph = FileBuilding.graph(
      inputs: input, outputs: output, weights: weights,
      nodes: [try FileBuilding.node("Mul", ["x", "w"], ["a"]), unknown, try FileBuilding.node("Relu", ["b"], ["y"])])
    let file = FileBuilding.file(graph, opset: 20, domains: ["com.example"])
    let model = try Model(onnx: file.serializedBytes())
    #expect(model.graph.nodes.map(\.op.kind) == ["Mul", "Opaque", "Relu"])
    #expect(model.graph.nodes[1].inputs == ["a", "w", "", "k"])
    let written = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    let node = try #require(written.graph.node.first { $0.opType == "Wobble" })
    #expect(try node.serializedBytes() as [UInt8] == unknown.serializedBytes())
    #expect(written.graph.initializer.map(\.name).sorted() == ["k", "w"])
    #expect(written.opsetImport.contains { $0.domain == "com.example" })
    #expect(written.opsetImport[0].version == (domain.isEmpty ? 20 : 17))
  }

  @Test
  func runningItNamesOperatorNodeAndOpset() throws {
    let graph = FileBuilding.graph(
      inputs: input, outputs: output, nodes: [try FileBuilding.node("Wobble", ["x"], ["y"])])
    let model = try Model(onnx: FileBuilding.file(graph, opset: 19).serializedBytes())
    #expect(model.graph.outputs[0].type == ValueType(.float32, [.batch, .fixed(4)]))
    let error = #expect(throws: PareError.self) {
      try ReferenceEvaluation(of: model.graph, inputs: ["x": Tensor(zeros: [1, 4])], batch: 1)
    }
    #expect(error?.code == .unsupported)
    for part in ["Wobble", "Wobble_y", "19"] { #expect(error?.description.contains(part) == true) }
  }

  @Test
  func aFormThatIsNotRunSaysWhy() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4, 3])], outputs: [FileBuilding.input("y", ["n", 4, 3])],
      weights: weights.merging(["p": Tensor(repeating: Float(1), shape: [4])]) { $1 },
      nodes: [
        try FileBuilding.node(
          "BatchNormalization", ["x", "p", "p", "p", "p"], ["y", "mean", "variance"], ["training_mode": .int(1)])
      ])
    let model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    let op = try #require(model.graph.nodes.first?.op as? OpaqueOperator)
    #expect(op.refusal.code == .unsupported)
    #expect(op.refusal.message.contains("training_mode 1"))
  }

  @Test
  func whatSubgraphsReadFromOutsideIsKept() throws {
    var branch = Onnx_GraphProto()
    branch.name = "branch"
    branch.node = [try FileBuilding.node("Mul", ["a", "w"], ["inner"])]
    branch.output = [FileBuilding.input("inner", ["n", 4])]
    var choice = try FileBuilding.node("If", ["condition"], ["y"])
    for name in ["then_branch", "else_branch"] {
      var attribute = Onnx_AttributeProto()
      (attribute.name, attribute.type, attribute.g) = (name, .graph, branch)
      choice.attribute.append(attribute)
    }
    let graph = FileBuilding.graph(
      inputs: input, outputs: output, weights: weights.merging(["condition": Tensor(scalar: true)]) { $1 },
      nodes: [try FileBuilding.node("Relu", ["x"], ["a"]), choice])
    var model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    #expect(model.graph.nodes.map(\.inputs) == [["x"], ["condition", "a", "w"]])
    let unchanged = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    #expect(unchanged.graph.node.last == choice)
    // A pass that leaves out the Relu makes the branches read the input.
    model.graph.nodes[1].inputs[1] = "x"
    model.graph.nodes.removeFirst()
    let written = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    #expect(written.graph.node[0].attribute.map { $0.g.node[0].input } == [["x", "w"], ["x", "w"]])
  }

  @Test
  func tensorsThatPareCannotReadAreCarried() throws {
    var graph = FileBuilding.graph(
      inputs: input, outputs: output, weights: ["scale": Tensor(scalar: Float(0.5))],
      nodes: [
        try FileBuilding.node("DequantizeLinear", ["q", "scale"], ["w"]),
        try FileBuilding.node("Mul", ["x", "w"], ["y"]),
      ])
    var packed = Onnx_TensorProto()
    (packed.name, packed.dims, packed.dataType) = ("q", [4], Int32(Onnx_TensorProto.DataType.int4.rawValue))
    packed.rawData = Data([0x21, 0x43])
    graph.initializer.append(packed)
    let model = try Model(onnx: FileBuilding.file(graph, opset: 21, irVersion: 10).serializedBytes())
    #expect(model.graph.nodes.map(\.op.kind) == ["Opaque", "Mul"])
    let written = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    #expect(written.graph.initializer.contains(packed))
    #expect(written.graph.node[0] == graph.node[0])
    #expect(written.opsetImport[0].version == 21)
    #expect(written.irVersion == 10)
  }

  @Test
  func itGetsTheElementTypesThatItHad() throws {
    let half = Tensor([1, 2, 3, 4] as [Float]).cast(to: .float16)
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4], type: .float16)],
      outputs: [FileBuilding.input("y", ["n", 4], type: .float16)], weights: ["w": half],
      nodes: [try FileBuilding.node("Wobble", ["x", "w"], ["a"]), try FileBuilding.node("Relu", ["a"], ["y"])])
    let model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    #expect(model.graph.inputs[0].type.dataType == .float16)
    let written = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    #expect(written.graph.node.map(\.opType) == ["Wobble", "Relu"])
    #expect(written.graph.initializer == graph.initializer)
  }

  @Test
  func aFormThatChangedSinceIsNotWrittenWrongly() throws {
    let graph = FileBuilding.graph(
      inputs: input, outputs: output,
      weights: ["places": Tensor([0] as [Int64], shape: [1, 1]), "updates": Tensor([1] as [Float], shape: [1, 1])],
      nodes: [try FileBuilding.node("Scatter", ["x", "places", "updates"], ["y"])])
    let model = try Model(onnx: FileBuilding.file(graph, opset: 9).serializedBytes())
    let error = #expect(throws: PareError.self) { try model.onnxBytes() }
    #expect(error?.description.contains("Scatter") == true)
  }
}
