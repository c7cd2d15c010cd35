import Engine
import Foundation
import Graphs
import ONNXFormat
import TestSupport
import Tensors
import Testing
import Zoo

@testable import PareFormat

struct PareFileTests {
  private func expectSame(_ a: Model, _ b: Model) throws {
    #expect(a.metadata == b.metadata)
    #expect(a.documentation == b.documentation)
    #expect(a.producer == b.producer)
    #expect(a.opset == b.opset)
    #expect(a.graph.name == b.graph.name)
    #expect(a.graph.inputs == b.graph.inputs)
    #expect(a.graph.outputs == b.graph.outputs)
    #expect(a.graph.nodes.map(\.name) == b.graph.nodes.map(\.name))
    #expect(a.graph.nodes.map(\.inputs) == b.graph.nodes.map(\.inputs))
    #expect(a.graph.nodes.map(\.op.kind) == b.graph.nodes.map(\.op.kind))
    #expect(Array(a.graph.parameters.keys) == Array(b.graph.parameters.keys))
    for (name, parameter) in a.graph.parameters {
      let other = try #require(b.graph.parameters[name])
      #expect(parameter.tensor == other.tensor, "\(name)")
      if case .coded(let coded) = parameter, case .coded(let again) = other {
        #expect(coded.codec == again.codec && coded.payload == again.payload)
      } else if case .coded = parameter {
        Issue.record("\(name) is no longer coded")
      }
    }
  }

  @Test func aModelComesBackWhole() throws {
    for model in try [Networks.small(), Networks.digits(), Networks.pruned(Networks.digits(), sparsity: 0.9)] {
      let bytes = try model.pareBytes()
      let again = try Model(pare: bytes)
      try expectSame(model, again)
      #expect(try again.pareBytes() == bytes)
      #expect(try model.pareBytes() == bytes)
    }
  }

  /// Whatever the way, the ONNX file is the same.
  @Test(arguments: ["zoo:resnet8?width=0.5", "zoo:mobilenet_v2?width=0.25&classes=10", "zoo:digits_separable"])
  func onnxComesBackThroughPare(name: String) throws {
    let model = try Networks.pruned(Zoo.model(ZooReference(parsing: name)), sparsity: 0.7)
    let read = try Model(onnx: model.onnxBytes())
    let again = try Model(pare: read.pareBytes())
    try expectSame(read, again)
    #expect(try again.onnxBytes() == read.onnxBytes())
  }

  @Test func outputsAreTheSame() throws {
    let model = try Networks.pruned(Networks.digits(), sparsity: 0.9)
    let again = try Model(pare: model.pareBytes())
    let port = try #require(model.graph.inputs.first)
    var random = RandomSource(seed: 2)
    let input = Tensor.uniform(try #require(port.type.shape).bound(toBatch: 3), in: 0...1, from: &random)
    func outputs(_ graph: Graph) throws -> [String: Tensor] {
      try Network(graph: graph).makeSession(batch: 3, threads: 1).run([port.name: input])
    }
    #expect(try outputs(again.graph) == outputs(model.graph))
  }

  @Test func prunedNetworksAreSmall() throws {
    let dense = try Zoo.model(ZooReference(parsing: "zoo:resnet20"))
    let pruned = try Networks.pruned(dense, sparsity: 0.9)
    let onnx = try pruned.onnxBytes().count
    #expect(try Double(pruned.pareBytes().count) < 0.16 * Double(onnx))
    #expect(try dense.pareBytes().count < dense.onnxBytes().count)
  }

  @Test func storedWeightsAreListed() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "small.pare")
    let bytes = try PareFile.write(Networks.small(), to: url)
    #expect(try Data(contentsOf: url).count == bytes)
    let stored = try #require(try PareFile.storedWeights(in: url))
    #expect(stored.map(\.name) == ["first", "second"])
    #expect(stored.map(\.dataType) == [.float32, .float16])
    #expect(stored.map(\.shape) == [[8, 16], [16, 2]])
    #expect(stored[0].codec == "sparse")
    #expect(stored.reduce(0) { $0 + $1.bytes } < bytes)
    let onnx = folder.url.appending(path: "small.onnx")
    try ONNXFile.write(Networks.small(), to: onnx)
    #expect(try PareFile.storedWeights(in: onnx) == nil)
  }

  @Test func errorsNameTheFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "broken.pare")
    try Data("broken".utf8).write(to: url)
    let error = #expect(throws: PareError.self) { try PareFile.read(url) }
    #expect(error?.code == .badInput)
    #expect(error?.description.contains("broken.pare") == true)
    let missing = #expect(throws: PareError.self) { try PareFile.read(folder.url.appending(path: "none.pare")) }
    #expect(missing?.code == .notFound)
    let unwritable = #expect(throws: PareError.self) {
      try PareFile.write(Networks.small(), to: folder.url.appending(path: "none/small.pare"))
    }
    #expect(unwritable?.code == .cannotWrite)
  }
}
