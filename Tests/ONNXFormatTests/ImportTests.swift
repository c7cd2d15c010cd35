import Foundation
import Graphs
import TestSupport
import Tensors
import Testing

@testable import ONNXFormat

/// What reading changes: batches of 1, shape arithmetic, constants, weights in other files, typed fields.
struct ImportTests {
  private let image = [FileBuilding.input("x", [1, 2, 2, 2])]

  private func flattening(to target: [Int64], then: [Onnx_NodeProto], output: [Any]) throws -> Onnx_ModelProto {
    FileBuilding.file(
      FileBuilding.graph(
        inputs: image, outputs: [FileBuilding.input("y", output)],
        weights: ["target": Tensor(target), "w": Tensor(repeating: Float(1), shape: [8, 3])],
        nodes: [try FileBuilding.node("Reshape", ["x", "target"], ["a"])] + then))
  }

  @Test(arguments: [[1, 8], [1, -1], [-1, 8], [0, 8]] as [[Int64]])
  func aBatchOfOneBecomesAnyBatch(target: [Int64]) throws {
    let file = try flattening(to: target, then: [FileBuilding.node("MatMul", ["a", "w"], ["y"])], output: [1, 3])
    let model = try Model(onnx: file.serializedBytes())
    #expect(model.graph.inputs[0].type.shape == [.batch, .fixed(2), .fixed(2), .fixed(2)])
    #expect(model.graph.outputs[0].type.shape == [.batch, .fixed(3)])
    let x = ["x": Tensor(repeating: Float(1), shape: [5, 2, 2, 2])]
    #expect(try ReferenceEvaluation(of: model.graph, inputs: x, batch: 5).values["y"]?.shape == [5, 3])
    let written = try Onnx_ModelProto(serializedBytes: model.onnxBytes())
    #expect(written.graph.input == file.graph.input)
    #expect(written.graph.output == file.graph.output)
  }

  /// Where exporters write the batch of 1 into shapes: in front, inside, merged with heads, dropped.
  @Test(
    arguments: [
      ([1, 2, 3, 4], [1, 6, 4], [.batch, .fixed(6), .fixed(4)]),
      ([1, 2, 3, 4], [2, 12], [.batch(2), .fixed(12)]),
      ([1, 2, 3, 4], [1, 1, 24], [.batch, .fixed(1), .fixed(24)]),
      ([1, 2, 3, 4], [-1, 4], [.batch(6), .fixed(4)]),
    ] as [([Int], [Int64], ValueShape)])
  func theBatchIsPutBackIntoReshapes(_ shape: [Int], _ target: [Int64], _ expected: ValueShape) throws {
    let back = try FileBuilding.node("Reshape", ["a", "back"], ["y"])
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", shape)], outputs: [FileBuilding.input("y", shape)],
      weights: ["target": Tensor(target), "back": Tensor(shape.map { Int64($0) })],
      nodes: [try FileBuilding.node("Reshape", ["x", "target"], ["a"]), back])
    let model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    #expect(try model.graph.facts()["a"]?.type.shape == expected)
    #expect(model.graph.outputs[0].type.shape == ValueShape([.batch] + shape.dropFirst().map { .fixed($0) }))
  }

  /// Length x batch x width to length x (batch * heads) x part, as attention has it.
  @Test
  func theBatchIsPutBackBehindOtherAxes() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", [1, 3, 4, 2])], outputs: [FileBuilding.input("y", [1, 3, 4, 2])],
      weights: [
        "heads": Tensor([3, 4, 2] as [Int64]), "back": Tensor([3, 1, 4, 2] as [Int64]),
      ],
      nodes: [
        try FileBuilding.node("Transpose", ["x"], ["t"], ["perm": .ints([1, 0, 2, 3])]),
        try FileBuilding.node("Reshape", ["t", "heads"], ["h"]),
        try FileBuilding.node("Reshape", ["h", "back"], ["b"]),
        try FileBuilding.node("Transpose", ["b"], ["y"], ["perm": .ints([1, 0, 2, 3])]),
      ])
    let model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    let facts = try model.graph.facts()
    #expect(facts["h"]?.type.shape == [.fixed(3), .batch(4), .fixed(2)])
    #expect(facts["b"]?.type.shape == [.fixed(3), .batch, .fixed(4), .fixed(2)])
    let x = Tensor((0..<48).map { Float($0) }, shape: [2, 3, 4, 2])
    #expect(try ReferenceEvaluation(of: model.graph, inputs: ["x": x], batch: 2).values["y"] == x)
  }

  /// A class token that the exporter found no need to repeat.
  @Test
  func whatIsJoinedToABatchIsRepeated() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", [1, 2, 3, 1])], outputs: [FileBuilding.input("y", [1, 3, 3, 1])],
      weights: ["token": Tensor([7, 8, 9] as [Float], shape: [1, 1, 3, 1])],
      nodes: [try FileBuilding.node("Concat", ["token", "x"], ["y"], ["axis": .int(1)])])
    let model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    #expect(model.graph.outputs[0].type.shape == [.batch, .fixed(3), .fixed(3), .fixed(1)])
    let x = Tensor((0..<12).map { Float($0) }, shape: [2, 2, 3, 1])
    let y = try ReferenceEvaluation(of: model.graph, inputs: ["x": x], batch: 2).values["y"]
    #expect(y?.floats == [7, 8, 9, 0, 1, 2, 3, 4, 5, 7, 8, 9, 6, 7, 8, 9, 10, 11])
  }

  @Test
  func aBatchThatSomethingDependsOnStays() throws {
    let file = try flattening(to: [2, 4], then: [FileBuilding.node("Relu", ["a"], ["y"])], output: [2, 4])
    let model = try Model(onnx: file.serializedBytes())
    #expect(model.graph.inputs[0].type.shape == [.fixed(1), .fixed(2), .fixed(2), .fixed(2)])
    #expect(model.graph.outputs[0].type.shape == [.fixed(2), .fixed(4)])
  }

  @Test
  func openExtentsAskForAShape() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 3, "height", "width"])],
      outputs: [FileBuilding.input("y", ["n", 3, "height", "width"])],
      nodes: [try FileBuilding.node("Relu", ["x"], ["y"])])
    let bytes: [UInt8] = try FileBuilding.file(graph).serializedBytes()
    let error = #expect(throws: PareError.self) { try Model(onnx: bytes) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("--input") == true)
    let model = try Model(onnx: bytes, inputShapes: ["x": [1, 3, 8, 9]])
    #expect(model.graph.outputs[0].type.shape == [.batch, .fixed(3), .fixed(8), .fixed(9)])
    // The file that is written leaves the extents open, as it did.
    #expect(try Onnx_ModelProto(serializedBytes: model.onnxBytes()).graph.input == graph.input)
    #expect(throws: PareError.self) { try Model(onnx: bytes, inputShapes: ["x": [1, 4, 8, 9]]) }
    #expect(throws: PareError.self) { try Model(onnx: bytes, inputShapes: ["z": [1]]) }
  }

  @Test
  func shapeArithmeticFoldsAway() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 2, 3])], outputs: [FileBuilding.input("y", ["n", 6])],
      weights: ["zero": Tensor(scalar: Int64(0)), "rest": Tensor([-1] as [Int64]), "axes": Tensor([0] as [Int64])],
      nodes: [
        try FileBuilding.node("Shape", ["x"], ["s"]), try FileBuilding.node("Gather", ["s", "zero"], ["n"]),
        try FileBuilding.node("Unsqueeze", ["n", "axes"], ["u"]),
        try FileBuilding.node("Concat", ["u", "rest"], ["t"], ["axis": .int(0)]),
        try FileBuilding.node("Reshape", ["x", "t"], ["y"]),
      ])
    let model = try Model(onnx: FileBuilding.file(graph).serializedBytes())
    #expect(model.graph.nodes.map(\.op.kind) == ["Reshape"])
    #expect(model.graph.parameters.isEmpty)
    #expect(model.graph.outputs[0].type.shape == [.batch, .fixed(6)])
  }

  @Test
  func weightsDeclaredAsInputsAreWeights() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4]), FileBuilding.input("w", [4])],
      outputs: [FileBuilding.input("y", ["n", 4])], weights: ["w": Tensor([1, 2, 3, 4] as [Float])],
      nodes: [try FileBuilding.node("Mul", ["x", "w"], ["y"])])
    let model = try Model(onnx: FileBuilding.file(graph, opset: 8, irVersion: 3).serializedBytes())
    #expect(model.graph.inputs.map(\.name) == ["x"])
    #expect(model.graph.parameters["w"] != nil)
  }

  @Test(arguments: DataType.allCases)
  func typedFieldsHoldWhatRawBytesHold(type: DataType) throws {
    let tensor = Tensor(doubles: [0, 1, 1, 0], shape: [2, 2], dataType: type)
    var typed = Onnx_TensorProto(tensor, name: "t")
    typed.clearRawData()
    switch type {
    case .float32: typed.floatData = tensor.floats
    case .float64: typed.doubleData = tensor.doubles
    case .int64: typed.int64Data = tensor.integers.map { Int64($0) }
    case .uint32, .uint64: typed.uint64Data = tensor.integers.map { UInt64($0) }
    case .float16, .bfloat16:
      typed.int32Data = tensor.withUnsafeBytes { $0.bindMemory(to: UInt16.self).map { Int32($0) } }
    default: typed.int32Data = tensor.integers.map { Int32($0) }
    }
    let reading = TensorReading(externalData: nil)
    #expect(try reading.tensor(typed) == tensor)
    #expect(try reading.tensor(Onnx_TensorProto(tensor, name: "t")) == tensor)
  }

  @Test
  func weightsMayLieInAnotherFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "network.onnx")
    var graph = try FileBuilding.classifier()
    let large = Tensor((0..<2048).map { Float($0) }, shape: [2, 4, 16, 16])
    graph.parameters["conv.weight"] = .dense(Tensor(large.floats.prefix(4 * 3 * 9).map { $0 }, shape: [4, 3, 3, 3]))
    let wide = Tensor(repeating: Float(0.25), shape: [2, 4])
    graph.parameters["fc.weight"] = .dense(wide)
    graph.parameters["extra"] = .dense(large)
    graph.outputs.append(GraphPort("extra", ValueType(.float32, ValueShape(large.shape))))
    let count = try ONNXFile.write(Model(graph), to: url, weightsApartFrom: 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    #expect(files == ["network.onnx", "network.onnx.data"])
    let sizes = try files.map { try Data(contentsOf: folder.url.appending(path: $0)).count }
    #expect(sizes.reduce(0, +) == count)
    let again = try ONNXFile.read(url).graph
    #expect(again.parameters["extra_value"]?.tensor == large || again.parameters["extra"]?.tensor == large)

    let bytes = [UInt8](try Data(contentsOf: url))
    #expect(throws: PareError.self) { try Model(onnx: bytes) }
    try Data(count: 100).write(to: folder.url.appending(path: "network.onnx.data"))
    #expect(throws: PareError.self) { try ONNXFile.read(url) }
    try FileManager.default.removeItem(at: folder.url.appending(path: "network.onnx.data"))
    let error = #expect(throws: PareError.self) { try ONNXFile.read(url) }
    #expect(error?.code == .notFound)
  }

  @Test(arguments: ["../secret", "/etc/passwd", "sub/../../secret", "link/secret"])
  func otherFoldersAreNotRead(location: String) throws {
    let outer = try TemporaryFolder()
    let folder = outer.url.appending(path: "network")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(count: 16).write(to: outer.url.appending(path: "secret"))
    try FileManager.default.createSymbolicLink(at: folder.appending(path: "link"), withDestinationURL: outer.url)
    var tensor = Onnx_TensorProto(Tensor(zeros: [4]), name: "w")
    tensor.clearRawData()
    tensor.dataLocation = .external
    var entry = Onnx_StringStringEntryProto()
    (entry.key, entry.value) = ("location", location)
    tensor.externalData = [entry]
    let error = #expect(throws: PareError.self) {
      try TensorReading(externalData: ExternalData(folder: folder)).tensor(tensor)
    }
    #expect(error?.message.contains("outside") == true)
  }

  /// The constant of a Pad may be a dequantized integer, as ONNX Runtime's quantizer writes it.
  @Test func aDequantizedConstantIsAnAttribute() throws {
    let file = try FileBuilding.file(
      FileBuilding.graph(
        inputs: [FileBuilding.input("x", ["batch", 3])], outputs: [FileBuilding.input("y", ["batch", 5])],
        weights: [
          "pads": Tensor([Int64(0), 1, 0, 1]), "value": Tensor(scalar: UInt8(9)), "scale": Tensor([Float(0.5)]),
          "zero": Tensor(scalar: UInt8(5)),
        ],
        nodes: [
          FileBuilding.node("DequantizeLinear", ["value", "scale", "zero"], ["number"]),
          FileBuilding.node("Pad", ["x", "pads", "number"], ["y"]),
        ]))
    let graph = try Model(onnx: file.serializedBytes()).graph
    #expect(graph.nodes.map(\.op.kind) == ["Pad"])
    #expect((graph.nodes.first?.op as? Pad)?.value?.floats == [2])
  }
}
