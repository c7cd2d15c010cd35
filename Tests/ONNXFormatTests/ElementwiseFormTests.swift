import Foundation
import Graphs
import Tensors
import Testing

@testable import ONNXFormat

/// How elementwise operators, repetitions and nodes of training stand in a file.
struct ElementwiseFormTests {
  @Test(arguments: [
    ("LeakyRelu", 16, 17), ("Softplus", 22, 17), ("Mish", 18, 18), ("Gelu", 20, 20), ("Swish", 24, 24),
  ])
  func laterOperatorsRaiseTheOperatorSet(type: String, given: Int, written: Int) throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4])], outputs: [FileBuilding.input("y", ["n", 4])],
      nodes: [try FileBuilding.node(type, ["x"], ["y"])])
    let model = try Model(onnx: FileBuilding.file(graph, opset: given, irVersion: 10).serializedBytes())
    #expect(model.graph.nodes.map(\.op.kind) == [type])
    let file = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    #expect(file.opsetImport.map(\.version) == [Int64(written)])
    #expect(file.graph.node.map(\.opType) == [type])
  }

  /// What PyTorch's TorchScript exporter writes for `token.expand(x.shape[0], -1, -1)`.
  private func expandedToken() throws -> Onnx_ModelProto {
    let weights: [String: Tensor] = [
      "token": Tensor([1, 2] as [Float], shape: [1, 1, 2]), "zero": Tensor(scalar: Int64(0)),
      "axes": Tensor([0] as [Int64]), "rest": Tensor([-1, -1] as [Int64]), "minus": Tensor(scalar: Int64(-1)),
      "three": Tensor([3] as [Int64]),
    ]
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 3, 2])], outputs: [FileBuilding.input("y", ["n", 4, 2])],
      weights: weights,
      nodes: [
        try FileBuilding.node("Shape", ["x"], ["s"]), try FileBuilding.node("Gather", ["s", "zero"], ["n"]),
        try FileBuilding.node("Unsqueeze", ["n", "axes"], ["u"]),
        try FileBuilding.node("Concat", ["u", "rest"], ["t"], ["axis": .int(0)]),
        try FileBuilding.node("ConstantOfShape", ["three"], ["ones"], ["value": .tensor(Tensor([Int64(1)]))]),
        try FileBuilding.node("Mul", ["ones", "minus"], ["minuses"]),
        try FileBuilding.node("Equal", ["t", "minuses"], ["is_kept"]),
        try FileBuilding.node("Where", ["is_kept", "ones", "t"], ["shape"]),
        try FileBuilding.node("Expand", ["token", "shape"], ["tokens"]),
        try FileBuilding.node("Concat", ["tokens", "x"], ["y"], ["axis": .int(1)]),
      ])
    return FileBuilding.file(graph)
  }

  @Test
  func aRepetitionOverTheBatchIsReadAndWritten() throws {
    let model = try Model(onnx: expandedToken().serializedBytes())
    #expect(model.graph.nodes.map(\.op.kind) == ["Expand", "Concat"])
    #expect((model.graph.nodes[0].op as? Expand)?.target == [.batch, .fixed(1), .fixed(1)])
    #expect(Array(model.graph.parameters.keys) == ["token"])
    let x = Tensor(repeating: Float(7), shape: [2, 3, 2])
    let y = try ReferenceEvaluation(of: model.graph, inputs: ["x": x], batch: 2).values["y"]
    #expect(y?.floats == [1, 2, 7, 7, 7, 7, 7, 7, 1, 2, 7, 7, 7, 7, 7, 7])

    let bytes = try model.onnxBytes()
    let written = try Onnx_ModelProto(serializedBytes: bytes)
    #expect(written.graph.node.map(\.opType) == ["Shape", "Gather", "Concat", "Expand", "Concat"])
    let again = try Model(onnx: bytes)
    #expect(again.graph.nodes.map(\.op.kind) == ["Expand", "Concat"])
    #expect(try again.onnxBytes() == bytes)
  }

  /// What PyTorch's exporter writes for the indices of every sample's first element.
  @Test
  func aRangeOverTheBatchIsReadAndWritten() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 3])], outputs: [FileBuilding.input("y", ["m"])],
      weights: [
        "zero": Tensor(scalar: Int64(0)), "one": Tensor(scalar: Int64(1)), "three": Tensor(scalar: Int64(3)),
        "flat": Tensor([-1] as [Int64]),
      ],
      nodes: [
        try FileBuilding.node("Shape", ["x"], ["s"]), try FileBuilding.node("Gather", ["s", "zero"], ["n"]),
        try FileBuilding.node("Range", ["zero", "n", "one"], ["rows"]),
        try FileBuilding.node("Mul", ["rows", "three"], ["places"]),
        try FileBuilding.node("Reshape", ["x", "flat"], ["elements"]),
        try FileBuilding.node("Gather", ["elements", "places"], ["y"]),
      ])
    let model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    #expect(model.graph.nodes.map(\.op.kind) == ["Range", "Mul", "Reshape", "Gather"])
    #expect(model.graph.outputs[0].type.shape == [.batch])
    let x = Tensor((0..<12).map { Float($0) }, shape: [4, 3])
    #expect(
      try ReferenceEvaluation(of: model.graph, inputs: ["x": x], batch: 4).values["y"]?.floats == [0, 3, 6, 9])
    let bytes = try model.onnxBytes()
    let written = try Onnx_ModelProto(serializedBytes: bytes)
    #expect(
      written.graph.node.map(\.opType) == ["Shape", "Gather", "Squeeze", "Range", "Mul", "Reshape", "Gather"])
    #expect(try Model(onnx: bytes).graph.nodes.map(\.op.kind) == model.graph.nodes.map(\.op.kind))
  }

  @Test
  func shapesThatDependOnTheBatchAreComputedOnce() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.fixed(2), .batch])
    let number = builder.parameter("number", Tensor([Float(1)]))
    let wide = try builder.expanded(number, to: [.fixed(3), .batch(2)])
    let zeros = try builder.add(ConstantOfShape(shape: [.fixed(3), .batch(2)]), [])[0]
    try builder.output(builder.sum(wide, zeros), as: "wide")
    try builder.output(builder.sum(x, builder.expanded(number, to: [.batch])), as: "y")
    let bytes = try Model(try builder.build()).onnxBytes()
    let written = try Onnx_ModelProto(serializedBytes: bytes)
    let types = written.graph.node.map(\.opType)
    #expect(types == ["Shape", "Gather", "Mul", "Concat", "Expand", "ConstantOfShape", "Add", "Expand", "Add"])
    #expect(written.graph.node[4].input[1] == written.graph.node[5].input[0])
  }

  @Test
  func rangesAreConstants() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 3])], outputs: [FileBuilding.input("y", ["n", 3])],
      weights: [
        "start": Tensor(scalar: Float(0)), "limit": Tensor(scalar: Float(3)), "step": Tensor(scalar: Float(1)),
      ],
      nodes: [
        try FileBuilding.node("Range", ["start", "limit", "step"], ["r"]),
        try FileBuilding.node("Add", ["x", "r"], ["y"]),
      ])
    let model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    #expect(model.graph.nodes.map(\.op.kind) == ["Add"])
    #expect(model.graph.parameters["r"]?.tensor == Tensor([0, 1, 2] as [Float]))
  }

  @Test
  func nodesOfTrainingAreLeftOut() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(3)])
    try builder.output(builder.detached(builder.relu(builder.binarySign(x))), as: "y")
    let model = Model(try builder.build())
    let written = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    #expect(written.graph.node.map(\.opType) == ["GreaterOrEqual", "Where", "Relu"])
    #expect(written.graph.output.map(\.name) == ["y"])
    let again = try Model(onnx: model.onnxBytes()).graph
    let inputs = ["x": Tensor([-1, 0, 2] as [Float], shape: [1, 3])]
    #expect(try ReferenceEvaluation(of: again, inputs: inputs, batch: 1).values["y"]?.floats == [0, 1, 1])
  }

  @Test
  func stochasticDepthIsLeftOut() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(3)])
    try builder.output(builder.sum(x, builder.stochasticDepth(builder.relu(x), ratio: 0.5)), as: "y")
    let written = try Onnx_ModelProto(serializedBytes: Model(try builder.build()).onnxBytes())
    #expect(written.graph.node.map(\.opType) == ["Relu", "Add"])
    #expect(written.graph.node[1].input == ["x", written.graph.node[0].output[0]])
  }

  @Test
  func surrogatesAreNotWritten() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(3)])
    try builder.output(builder.sign(builder.rounded(x, surrogate: .identity), surrogate: .clippedIdentity), as: "y")
    let again = try Model(onnx: Model(try builder.build()).onnxBytes()).graph
    #expect(again.nodes.map(\.op.kind) == ["Round", "Sign"])
    #expect((again.nodes[0].op as? Round)?.surrogate == SurrogateGradient.none)
    #expect((again.nodes[1].op as? Sign)?.surrogate == SurrogateGradient.none)
  }

  @Test
  func slopesAreTrainedButNotDecayed() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput("x", channels: 3, height: 2, width: 2)
    try builder.output(builder.parametricRelu(x), as: "y")
    let again = try Model(onnx: Model(try builder.build()).onnxBytes()).graph
    #expect(again.trainableParameters() == ["prelu.weight"])
    #expect(again.roles()["prelu.weight"] == .normalizationScale)
  }
}
