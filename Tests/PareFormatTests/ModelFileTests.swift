import Foundation
import Graphs
import ONNXFormat
import TestSupport
import Tensors
import Testing

@testable import PareFormat

struct ModelFileTests {
  @Test func theNameDecidesWhatIsWrittenAndTheBytesWhatIsRead() throws {
    let folder = try TemporaryFolder()
    let model = try Networks.small()
    let (pare, onnx) = (folder.url.appending(path: "a.pare"), folder.url.appending(path: "a.onnx"))
    #expect(try ModelFile.write(model, to: pare) == Data(contentsOf: pare).count)
    #expect(try ModelFile.write(model, to: onnx) == Data(contentsOf: onnx).count)
    #expect(PareFile.isPareFile(pare) && !PareFile.isPareFile(onnx))
    let renamed = folder.url.appending(path: "b.onnx")
    try FileManager.default.copyItem(at: pare, to: renamed)
    for url in [pare, onnx, renamed] {
      #expect(try ModelFile.read(url).graph.parameters["first"]?.tensor == model.graph.parameters["first"]?.tensor)
    }
    #expect(try ModelFile.read(renamed).producer == "test 1.0")
    let missing = #expect(throws: PareError.self) { try ModelFile.read(folder.url.appending(path: "none.pare")) }
    #expect(missing?.code == .notFound)
  }

  @Test func anInputThatAShapeRuleReadsBecomesAConstant() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(4)])
    let w = builder.parameter("w", Tensor([1, 2, 3, 4] as [Float]))
    try builder.output(builder.add(Add(), x, w), as: "y")
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "a.pare")
    try ModelFile.write(Model(builder.build()), to: url)
    let (model, inputs) = try ModelFile.read(url, toRunOn: ["x": Tensor(zeros: [2, 4])])
    #expect(inputs.keys.sorted() == ["x"])
    #expect(model.graph.nodes.count == 1)
  }
}
