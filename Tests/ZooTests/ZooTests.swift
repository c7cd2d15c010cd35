import Datasets
import Foundation
import Graphs
import Tensors
import Testing
import Zoo

@Suite struct ZooTests {
  @Test func namesAreUniqueAndWritable() {
    let names = Zoo.architectures.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(!name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
    }
  }

  @Test(arguments: Zoo.architectures.map(\.name))
  func everyArchitectureKeepsItsPromises(_ name: String) throws {
    let architecture = try Zoo.architecture(named: name)
    let options = ArchitectureOptions(defaultsOf: architecture.options)
    let graph = try architecture.build(options.withoutWeights())
    #expect(graph.inputs.map(\.name) == ["input"])
    #expect(graph.outputs.map(\.name) == ["logits"])
    #expect(graph.outputs[0].type.shape == [.batch, .fixed(options.integer("classes"))])
    #expect(try graph.keepsSamplesApart())
    try architecture.preparation.validate()
    let image = architecture.preparation.shape.dimensions.map { Dimension.fixed($0) }
    #expect(graph.inputs[0].type.shape == ValueShape([.batch] + image))
    #expect(!architecture.summary.isEmpty && architecture.options.allSatisfy { !$0.help.isEmpty })
    #expect(Set(architecture.options.map(\.name)).count == architecture.options.count)
  }

  /// The last stage ends where the means of its channels are taken or, in AlexNet, where the image becomes a row.
  @Test(arguments: Zoo.architectures.filter { $0.options.contains { $0.name == "form" } }.map(\.name))
  func theFormForCIFARLeavesFourByFourPixels(_ name: String) throws {
    let architecture = try Zoo.architecture(named: name)
    let options = try ArchitectureOptions(["form": "cifar"], of: architecture.options)
    let graph = try architecture.build(options.withoutWeights())
    #expect(graph.inputs[0].type.shape == [.batch, .fixed(3), .fixed(32), .fixed(32)])
    #expect(graph.outputs[0].type.shape == [.batch, .fixed(10)])
    #expect(architecture.preparation(options).shape == [3, 32, 32])
    let last = try #require(
      graph.nodes.last { $0.op.kind == "GlobalAveragePool" } ?? graph.nodes.last { $0.op.kind == "Flatten" })
    let stage = try #require(try graph.shapes(batch: 1)[last.inputs[0]])
    #expect(stage.dimensions[2...] == [4, 4])
  }

  @Test(arguments: Zoo.architectures.map(\.name))
  func networkAndPreparationFollowTheInput(_ name: String) throws {
    let architecture = try Zoo.architecture(named: name)
    let size = ArchitectureOptions(defaultsOf: architecture.options).integer("input") + 5
    let options = try ArchitectureOptions(["input": String(size)], of: architecture.options)
    let graph = try architecture.build(options.withoutWeights())
    let preparation = architecture.preparation(options)
    #expect(preparation.height == size && preparation.width == size)
    let image = preparation.shape.dimensions.map { Dimension.fixed($0) }
    #expect(graph.inputs[0].type.shape == ValueShape([.batch] + image))
    #expect(graph.outputs[0].type.shape == [.batch, .fixed(options.integer("classes"))])
  }

  @Test func classesAndWidthChangeTheNetwork() throws {
    let half = try Zoo.graph(ZooReference(parsing: "zoo:resnet8?width=0.5&classes=100"))
    #expect(half.outputs[0].type.shape == [.batch, .fixed(100)])
    #expect(half.parameters["conv1.weight"]?.shape == [8, 3, 3, 3])
    #expect(half.parameters["linear.weight"]?.shape == [100, 32])
  }

  @Test func modelsSayHowImagesArePrepared() throws {
    let model = try Zoo.model(ZooReference(parsing: "zoo:digits_separable?width=0.5"))
    let preparation = try JSONDecoder().decode(Preparation.self, from: Data(model.preparationJSON!.utf8))
    #expect(preparation == DigitsSeparable().preparation)
    #expect(model.history == ["built zoo:digits_separable?width=0.5"])
  }

  @Test func seedsChangeTheWeightsAndNothingElse() throws {
    func weights(_ reference: String) throws -> [Float] {
      try Zoo.graph(ZooReference(parsing: reference)).parameters["layer1.0.conv1.weight"]!.tensor.floats
    }
    let first = try weights("zoo:resnet8")
    #expect(try weights("zoo:resnet8?seed=0") == first)
    #expect(try weights("zoo:resnet8?seed=1") != first)
  }

  @Test func layersOfOneShapeStartDifferently() throws {
    let graph = try Zoo.graph(ZooReference(parsing: "zoo:resnet14"))
    let first = graph.parameters["layer1.0.conv1.weight"]!.tensor.floats
    #expect(graph.parameters["layer1.1.conv1.weight"]!.tensor.floats != first)
    #expect(graph.parameters["layer1.0.conv2.weight"]!.tensor.floats != first)
  }

  @Test func unknownNamesAreAnsweredWithTheList() {
    #expect {
      try Zoo.graph(ZooReference(parsing: "zoo:resnet21"))
    } throws: { error in
      guard let error = error as? PareError else { return false }
      return error.code == .usage && error.message.contains("resnet20") && error.message.contains("digits_mlp")
    }
  }

  @Test(arguments: [
    ("zoo:resnet8?depth=3", "there is no option \"depth\""), ("zoo:resnet8?width=wide", "expected a number"),
    ("zoo:resnet8?classes=2.5", "expected a whole number"), ("zoo:resnet8?classes=1", "from 2 to 1000000"),
  ])
  func wrongOptionsAreNamed(_ reference: String, _ message: String) {
    #expect {
      try Zoo.graph(ZooReference(parsing: reference))
    } throws: { error in
      guard let error = error as? PareError else { return false }
      return error.code == .usage && error.message.contains(message)
    }
  }
}
