import Foundation
import Graphs
import Tensors
import Testing

@testable import ONNXFormat

/// The networks that lie beside the repository (../shared/models, or the folder PARE_SHARED names).
enum SharedNetworks {
  static let folder: URL = {
    let environment = ProcessInfo.processInfo.environment["PARE_SHARED"]
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let shared =
      environment.map { URL(fileURLWithPath: $0) } ?? root.deletingLastPathComponent().appending(path: "shared")
    return shared.appending(path: "models")
  }()

  static let areThere = FileManager.default.fileExists(atPath: folder.appending(path: "resnet20-cifar10.onnx").path)
}

@Suite(.enabled(if: SharedNetworks.areThere, "the networks of ../shared/models are missing"))
struct SharedNetworksTests {
  static let names = ["resnet20-cifar10", "resnet20-cifar10-bn", "resnet56-cifar10", "resnet56-cifar10-bn"]

  @Test(arguments: names)
  func isReadWithoutOpaqueNodesOrShapeArithmetic(name: String) throws {
    let model = try ONNXFile.read(SharedNetworks.folder.appending(path: "\(name).onnx"))
    #expect(
      model.graph.inputs == [GraphPort("input", ValueType(.float32, [.batch, .fixed(3), .fixed(32), .fixed(32)]))])
    #expect(model.graph.outputs == [GraphPort("logits", ValueType(.float32, [.batch, .fixed(10)]))])
    let kinds = Set(model.graph.nodes.map(\.op.kind))
    let expected: Set = ["Conv", "Relu", "Add", "Slice", "Pad", "AveragePool", "Reshape", "Gemm"]
    #expect(kinds.subtracting(["BatchNormalization"]) == expected)
    let convolutions = model.graph.nodes.filter { $0.op.kind == "Conv" }.count
    #expect(convolutions == (name.contains("20") ? 19 : 55))
    // Every parameter left is a weight: the constants of shape rules have become attributes.
    #expect(model.graph.parameters.keys.allSatisfy { model.graph.roles()[$0] != .constant })
  }

  @Test
  func computesWhatTheFoldedFileComputes() throws {
    let inputs = ["input": Tensor((0..<(3 * 32 * 32)).map { Float($0 % 17) / 17 }, shape: [1, 3, 32, 32])]
    let logits = try ["resnet20-cifar10", "resnet20-cifar10-bn"].map { name in
      let graph = try ONNXFile.read(SharedNetworks.folder.appending(path: "\(name).onnx")).graph
      return try ReferenceEvaluation(of: graph, inputs: inputs, batch: 1).values["logits"]!.floats
    }
    // The exporter folded the normalisation in float32: some units in the last place per layer.
    let difference = zip(logits[0], logits[1]).map { abs($0 - $1) }.max()!
    #expect(difference < 1e-3 * logits[0].map(abs).max()!)
  }
}
