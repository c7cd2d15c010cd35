import Datasets
import Graphs
import Tensors
import Testing
import TestSupport

@testable import Measurement

@Suite struct PreparationTests {
  /// A network that hands out its input.
  private func passing(_ shape: ValueShape) throws -> Model {
    let builder = GraphBuilder()
    let x = builder.input("input", shape: shape)
    try builder.output(builder.negated(x), as: "negated")
    return Model(try builder.build())
  }

  private func run(_ graph: Graph, _ x: Tensor) throws -> Tensor {
    try ReferenceEvaluation(of: graph, inputs: ["input": x], batch: 1).values["negated"]!
  }

  private let image = Tensor((0..<12).map { Float($0) / 12 }, shape: [1, 3, 2, 2])

  @Test func metadataSurvives() throws {
    var model = try passing([.batch, .fixed(3), .fixed(2), .fixed(2)])
    #expect(try model.preparation == nil)
    let preparation = Preparation(height: 2, width: 2, mean: [0.1, 0.2, 0.3], std: [1, 2, 3])
    try model.setPreparation(preparation)
    #expect(try model.preparation == preparation)
    model.preparationJSON = "{}"
    #expect(throws: PareError.self) { try model.preparation }
  }

  @Test func normalizesPerChannel() throws {
    var model = try passing([.batch, .fixed(3), .fixed(2), .fixed(2)])
    try model.setPreparation(Preparation(height: 2, width: 2, scale: 255, mean: [10, 20, 30], std: [1, 2, 4]))
    let graph = try model.graphOnRawPixels()
    #expect(graph.inputs == model.graph.inputs)
    #expect(graph.trainableParameters().isEmpty, "mean and std are constants")
    let y = try run(graph, image).floats
    for index in 0..<12 {
      let channel = index / 4
      let (mean, std): (Float, Float) = [(10, 1), (20, 2), (30, 4)][channel]
      let wanted = -(255 * Float(index) / 12 - mean) / std
      #expect(abs(y[index] - wanted) < 1e-3)
    }
  }

  @Test func convertsChannelsAndLayout() throws {
    var model = try passing([.batch, .fixed(2), .fixed(2), .fixed(3)])
    try model.setPreparation(Preparation(height: 2, width: 2, channelOrder: .bgr, layout: .nhwc))
    let graph = try model.graphOnRawPixels(batches: Preparation(height: 2, width: 2))
    let y = try run(graph, image)
    #expect(y.shape == [1, 2, 2, 3])
    // Pixel (0, 1): channels at 1, 5, 9 of the planes, blue first.
    let wanted = [9, 5, 1].map { -Float($0) / 12 }
    #expect(Array(y.floats[3..<6]) == wanted)
  }

  @Test func unknownPreparationChangesNothing() throws {
    let model = try passing([.batch, .fixed(3), .fixed(2), .fixed(2)])
    #expect(try model.graphOnRawPixels().nodes.count == 1)
    var sized = model
    try sized.setPreparation(Preparation(height: 2, width: 2))
    #expect(try sized.graphOnRawPixels().nodes.count == 1)
  }

  @Test func scoresBehindASoftmaxAreFound() throws {
    let graph = try SmallClassifiers.scaling([1, 1], softmax: true)
    let scores = try ClassScores(of: graph)
    #expect(scores.form == .probabilities && scores.output == "scores" && scores.logits != "scores")
    #expect(try ClassScores(of: SmallClassifiers.scaling([1, 1])).form == .logits)
    #expect(throws: PareError.self) { try ClassScores(of: graph, output: "nothing") }
  }
}
