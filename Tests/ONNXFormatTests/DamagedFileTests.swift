import Foundation
import Graphs
import TestSupport
import Tensors
import Testing

@testable import ONNXFormat

struct DamagedFileTests {
  private func reading(_ file: Onnx_ModelProto) throws -> Model { try Model(onnx: file.serializedBytes()) }

  private func code(_ body: () throws -> Void) -> PareError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? PareError)?.code
    }
  }

  @Test
  func garbageIsNoNetwork() {
    for bytes in [[], [0], Array("not a network at all".utf8), [UInt8](repeating: 0xFF, count: 999)] as [[UInt8]] {
      #expect(code { _ = try Model(onnx: bytes) } == .badInput)
    }
  }

  @Test
  func aValueTooLargeForAnyMachineIsRefused() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4])], outputs: [FileBuilding.input("y", ["n", 4])],
      weights: ["s": Tensor([1 << 40, 1 << 40] as [Int64])],
      nodes: [
        try FileBuilding.node("ConstantOfShape", ["s"], ["c"]), try FileBuilding.node("Add", ["x", "c"], ["y"]),
      ])
    #expect(code { _ = try reading(FileBuilding.file(graph)) } == .badInput)
  }

  @Test(arguments: [-1, 0, 2, 1 << 31, Int.max])
  func aSplitIntoOtherThanItsOutputsIsRefused(parts: Int) throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", [6])], outputs: ["a", "b", "c"].map { FileBuilding.input($0, [2]) },
      weights: [:],
      nodes: [try FileBuilding.node("Split", ["x"], ["a", "b", "c"], ["num_outputs": .int(parts)])])
    #expect(code { _ = try reading(FileBuilding.file(graph, opset: 18)) } == .badInput)
  }

  @Test
  func aCutOffFileIsAnErrorOrANetwork() throws {
    let bytes = try Model(FileBuilding.classifier()).onnxBytes()
    for count in stride(from: 0, to: bytes.count, by: 97) {
      #expect(code { _ = try Model(onnx: Array(bytes[..<count])) } == .badInput, "\(count) of \(bytes.count) bytes")
    }
  }

  @Test
  func aFlippedBitIsAnErrorOrANetwork() throws {
    let bytes = try Model(FileBuilding.classifier()).onnxBytes()
    for position in 0..<bytes.count {
      for bit in [0, 3, 6, 7] {
        var damaged = bytes
        damaged[position] ^= 1 << bit
        do { _ = try Model(onnx: damaged) } catch { #expect(error is PareError, "byte \(position), bit \(bit)") }
      }
    }
  }

  @Test
  func theErrorNamesTheFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "broken.onnx")
    try Data("broken".utf8).write(to: url)
    let error = #expect(throws: PareError.self) { try ONNXFile.read(url) }
    #expect(error?.description.contains("broken.onnx") == true)
    #expect(code { _ = try ONNXFile.read(folder.url.appending(path: "none.onnx")) } == .notFound)
    #expect(code { _ = try ONNXFile.read(folder.url) } == .badInput)
  }

  @Test
  func aCycleIsNamed() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4])], outputs: [FileBuilding.input("a", ["n", 4])],
      nodes: [try FileBuilding.node("Add", ["x", "b"], ["a"]), try FileBuilding.node("Relu", ["a"], ["b"])])
    let error = #expect(throws: PareError.self) { try reading(FileBuilding.file(graph)) }
    #expect(error?.message.contains("cycle") == true)
  }

  @Test
  func valuesAreMadeOnceAndBeforeTheyAreRead() throws {
    let (input, output) = ([FileBuilding.input("x", ["n", 4])], [FileBuilding.input("y", ["n", 4])])
    let twice = try [FileBuilding.node("Relu", ["x"], ["y"]), FileBuilding.node("Relu", ["x"], ["y"])]
    let never = try [FileBuilding.node("Relu", ["z"], ["y"])]
    let missing = try [FileBuilding.node("Relu", ["x"], ["z"])]
    let short = try [FileBuilding.node("Add", ["x"], ["y"])]
    for nodes in [twice, never, missing, short] {
      let graph = FileBuilding.graph(inputs: input, outputs: output, nodes: nodes)
      #expect(code { _ = try reading(FileBuilding.file(graph)) } == .badInput)
    }
    // Any order of nodes will do, as long as there is one in which each stands after what it reads.
    let turned = try [FileBuilding.node("Relu", ["z"], ["y"]), FileBuilding.node("Abs", ["x"], ["z"])]
    let model = try reading(FileBuilding.file(FileBuilding.graph(inputs: input, outputs: output, nodes: turned)))
    #expect(model.graph.nodes.map(\.op.kind) == ["Abs", "Relu"])
  }

  @Test(arguments: [6, 7, 28, 29])
  func operatorSetsOutsideTheRangeAreRefused(opset: Int) throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4])], outputs: [FileBuilding.input("y", ["n", 4])],
      nodes: [try FileBuilding.node("Relu", ["x"], ["y"])])
    let expected: PareError.Code? = ONNXReader.opsets.contains(opset) ? nil : .unsupported
    #expect(code { _ = try reading(FileBuilding.file(graph, opset: opset)) } == expected)
    #expect(code { _ = try reading(FileBuilding.file(graph, irVersion: 15)) } == .unsupported)
  }

  @Test
  func tensorsOfTheWrongLengthAreNamed() throws {
    var graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4])], outputs: [FileBuilding.input("y", ["n", 4])],
      weights: ["w": Tensor([1, 2, 3, 4] as [Float])], nodes: [try FileBuilding.node("Mul", ["x", "w"], ["y"])])
    graph.initializer[0].rawData.removeLast()
    let error = #expect(throws: PareError.self) { try reading(FileBuilding.file(graph)) }
    #expect(error?.code == .badInput)
    #expect(error?.context.contains { $0 == ("tensor", "w") } == true)
    for dims in [[-1], [Int64.max, Int64.max], [1 << 40]] as [[Int64]] {
      graph.initializer[0].dims = dims
      #expect(code { _ = try reading(FileBuilding.file(graph)) } == .badInput)
    }
  }

  @Test(arguments: [Float.nan, .infinity])
  func weightsThatAreNoNumbersAreNamed(value: Float) throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 2])], outputs: [FileBuilding.input("y", ["n", 2])],
      weights: ["w": Tensor([1, value, 3, 4], shape: [2, 2])],
      nodes: [try FileBuilding.node("MatMul", ["x", "w"], ["y"])])
    let error = #expect(throws: PareError.self) { try reading(FileBuilding.file(graph)) }
    #expect(error?.context.contains { $0 == ("tensor", "w") } == true)
  }

  @Test("a mask that is added to scores is no weight", arguments: [-Float.infinity, -3.4e38, -1e9])
  func infiniteMasksAreConstants(value: Float) throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 2])], outputs: [FileBuilding.input("y", ["n", 2])],
      weights: ["mask": Tensor([0, value]), "bias": Tensor([1, 2] as [Float])],
      nodes: [
        try FileBuilding.node("Add", ["x", "bias"], ["a"]), try FileBuilding.node("Add", ["a", "mask"], ["b"]),
        try FileBuilding.node("Softmax", ["b"], ["y"]),
      ])
    let model = try reading(FileBuilding.file(graph))
    #expect(model.graph.trainableParameters() == ["bias"])
    let x = ["x": Tensor([5, 3] as [Float], shape: [1, 2])]
    #expect(try ReferenceEvaluation(of: model.graph, inputs: x, batch: 1).values["y"]?.floats == [1, 0])
  }

  /// Attributes that Scripts/fuzz found to overflow.
  @Test(arguments: [
    ("pads", AttributeValue.ints([.min, 0, 0, 0])), ("pads", .ints([.max, 0, 0, .max])), ("group", .int(.max)),
    ("group", .int(1 << 62)), ("strides", .ints([.max, 1])), ("dilations", .ints([1, .max])),
    ("kernel_shape", .ints([.max, .max])),
  ])
  func extremeAttributesAreRefused(name: String, value: AttributeValue) throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 3, 4, 4])], outputs: [FileBuilding.input("y", ["n", 2, 2, 2])],
      weights: ["w": Tensor(zeros: [2, 3, 3, 3])],
      nodes: [try FileBuilding.node("Conv", ["x", "w"], ["y"], [name: value])])
    #expect(code { _ = try reading(FileBuilding.file(graph)) } == .badInput)
  }

  @Test
  func extremePadsAreRefused() throws {
    let graph = FileBuilding.graph(
      inputs: [FileBuilding.input("x", ["n", 4])], outputs: [FileBuilding.input("y", ["n", 4])],
      weights: ["pads": Tensor([0, 0, 0, .min] as [Int64])],
      nodes: [try FileBuilding.node("Pad", ["x", "pads"], ["y"])])
    #expect(code { _ = try reading(FileBuilding.file(graph)) } == .badInput)
  }
}
