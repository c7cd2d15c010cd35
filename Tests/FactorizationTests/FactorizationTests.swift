import Foundation
import Graphs
import TestSupport
import Tensors
import Testing
import Zoo

@testable import Factorization

@Suite struct FactorizationTests {
  private func replaced(_ graph: Graph, _ configuration: FactorizationConfiguration) throws -> [String] {
    try Factorization(configuration).factorized(graph).report.layers.map(\.name)
  }

  @Test("the first convolution and 1x1 ones stay") func defaults() throws {
    let (graph, report) = try Factorization().factorized(SmallNetworks.chain())
    #expect(report.layers.map(\.name) == ["second", "third"])
    #expect(report.skipped.map(\.name) == ["first", "point"])
    let (before, after) = (
      try SmallNetworks.output(of: SmallNetworks.chain()), try SmallNetworks.output(of: graph)
    )
    #expect(before.shape == after.shape)
  }

  @Test(
    "layers are chosen by name",
    arguments: [
      (["second"], [], false, ["second"]), (["*"], ["sec*"], false, ["third"]),
      (["?hird", "f*"], [], true, ["first", "third"]),
      (["*.weight"], ["third.weight"], true, ["first", "second"]),
    ] as [([String], [String], Bool, [String])])
  func selection(layers: [String], ignore: [String], includesFirst: Bool, expected: [String]) throws {
    let configuration = try FactorizationConfiguration(layers: layers, ignore: ignore, includesFirst: includesFirst)
    #expect(try replaced(SmallNetworks.chain(), configuration) == expected)
  }

  @Test(arguments: [(["missing"], []), (["*"], ["missing*"])] as [([String], [String])])
  func aNameThatFitsNothingIsWrongUsage(layers: [String], ignore: [String]) throws {
    let configuration = try FactorizationConfiguration(layers: layers, ignore: ignore)
    let error = #expect(throws: PareError.self) { try replaced(SmallNetworks.chain(), configuration) }
    #expect(error?.code == .usage)
  }

  @Test func nothingToReplaceIsSaid() throws {
    let configuration = try FactorizationConfiguration(layers: ["first", "point"])
    let error = #expect(throws: PareError.self) { try replaced(SmallNetworks.chain(), configuration) }
    #expect(error?.code == .badInput)
    #expect(error?.message.contains("include_first") == true && error?.message.contains("1x1") == true)
  }

  /// second: 6 outputs of 4 channels of 3x3 at 4x4 positions, with a bias of 6.
  @Test func costsAreCountedAndForetold() throws {
    let report = try Factorization().factorized(SmallNetworks.chain()).report
    let layer = try #require(report.layers.first)
    #expect(layer.weights == [6, 4, 3, 3])
    #expect(layer.parametersBefore == 216 + 6 && layer.parametersAfter == 36 + 24 + 6)
    #expect(layer.macsBefore == 216 * 16 && layer.macsAfter == 60 * 16)
    #expect(abs(layer.expectedRatio - (1.0 / 6 + 1.0 / 9)) < 1e-15)
    #expect(abs(layer.macRatio - layer.expectedRatio) < 1e-15)
  }

  @Test func sharedAndDamagedWeightsStay() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput("x", channels: 2, height: 5, width: 5)
    let op = Convolution(window: SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1]))
    let shared = builder.parameter("shared.weight", SampleTensors.normal([2, 2, 3, 3]))
    var y = try builder.add(op, x, shared, name: "a")
    y = try builder.add(op, y, shared, name: "b")
    y = try builder.add(
      op, y, builder.parameter("nan.weight", Tensor(repeating: Float.nan, shape: [2, 2, 3, 3])), name: "c")
    y = try builder.add(op, y, builder.parameter("own.weight", SampleTensors.normal([2, 2, 3, 3])), name: "d")
    try builder.output(y, as: "y")
    let configuration = try FactorizationConfiguration(includesFirst: true)
    let report = try Factorization(configuration).factorized(builder.build()).report
    #expect(report.layers.map(\.name) == ["d"])
    #expect(report.skipped.map(\.name) == ["a", "b", "c"])
    #expect(report.skipped[0].reason.contains("shares") && report.skipped[2].reason.contains("finite"))
  }

  @Test func aResidualNetworkKeepsItsInterface() throws {
    let model = try Zoo.model(ZooReference(parsing: "zoo:resnet20"))
    let (result, report) = try Factorization().compress(model)
    #expect(report.layers.count == 18 && report.skipped.map(\.name) == ["conv1"])
    #expect(result.graph.inputs == model.graph.inputs && result.graph.outputs == model.graph.outputs)
    #expect(result.history.last?.contains("18 layers") == true)
    let (before, after) = (try model.graph.costs(), try result.graph.costs())
    // 16, 32 and 64 outputs: between 1/64 + 1/9 and 1/16 + 1/9 of what the replaced layers had.
    let fixed = 16 * 27 * 1024 + 640
    let ratio = Double(after.macs - fixed) / Double(before.macs - fixed)
    #expect(ratio > 1.0 / 64 + 1.0 / 9 && ratio < 1.0 / 16 + 1.0 / 9)
    // Weights that are random have no favourite direction, but the leading one of nine has more than a ninth.
    #expect(report.layers.allSatisfy { $0.relativeError > 0.5 && $0.relativeError < (8.0 / 9).squareRoot() })
  }

  @Test func configurationsAreText() throws {
    let configuration = try FactorizationConfiguration(layers: ["a*"], ignore: ["b"], includesFirst: true)
    let data = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(FactorizationConfiguration.self, from: data) == configuration)
    #expect(
      try JSONDecoder().decode(FactorizationConfiguration.self, from: Data("{}".utf8)) == FactorizationConfiguration())
    #expect(throws: PareError.self) { try FactorizationConfiguration(method: "none") }
    #expect(throws: PareError.self) { try FactorizationConfiguration(layers: []) }
  }

  @Test func methodsHaveNamesOfTheirOwn() {
    let names = FactorizationMethods.all.map { $0.identifier }
    #expect(Set(names).count == names.count)
    #expect(FactorizationMethods.all.allSatisfy { !$0.summary.isEmpty && !$0.ratioFormula.isEmpty })
  }
}
