import Datasets
import Engine
import Graphs
import Tensors
import Testing
import TestSupport

@testable import Training

@Suite struct NetworkTeacherTests {
  struct Matching: Objective {
    func loss(in builder: GraphBuilder, outputs: [String: Value], inputs: ObjectiveInputs) throws -> Value {
      let difference = try builder.difference(inputs.logits(), inputs.teacher("logits"))
      return try builder.mean(builder.product(difference, difference))
    }
  }

  @Test func aStudentEqualToItsTeacherLosesNothing() throws {
    let engine = Engine(threads: 1)
    let split = try Dataset(parsing: "digits").split(.train)
    let model = try SmallNetworks.digitsPerceptron()
    var trainer = Trainer(TrainingConfiguration(epochs: 1, batchSize: 64), engine: engine)
    trainer.configuration.weightDecay = 0
    trainer.objective = Matching()
    trainer.teacher = try NetworkTeacher(model, batchSize: 64, precision: .float32, engine: engine)
    let result = try trainer.train(model, on: split)
    #expect(result.epochs[0].trainLoss < 1e-8)
  }

  @Test func teachersNormalizeByThemselves() throws {
    let engine = Engine(threads: 1)
    let split = try Dataset(parsing: "digits").split(.train)
    let plain = try SmallNetworks.digitsPerceptron()
    var normalizing = plain
    try normalizing.setPreparation(Preparation(height: 8, width: 8, channelOrder: .grey, mean: [0.5], std: [0.25]))
    let teacher = try NetworkTeacher(normalizing, batchSize: 4, engine: engine)
    var batch = try split.batch([0, 1, 2, 3])
    let taught = try teacher.values(for: batch)["logits"]!
    let pixels = batch.inputs["input"]!
    batch.inputs["input"] = Tensor(pixels.floats.map { ($0 - 0.5) / 0.25 }, shape: pixels.shape)
    let direct = try NetworkTeacher(plain, batchSize: 4, engine: engine).values(for: batch)["logits"]!
    #expect(zip(taught.floats, direct.floats).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func featuresOfTheTeacherCanBeAskedFor() throws {
    let model = try SmallNetworks.digitsPerceptron()
    let hidden = model.graph.nodes.first { $0.op is Relu }!.outputs[0]
    let teacher = try NetworkTeacher(model, features: ["hidden": hidden], batchSize: 2, engine: Engine(threads: 1))
    #expect(teacher.shapes["hidden"] == [.batch, .fixed(64)])
    let split = try Dataset(parsing: "digits").split(.train)
    #expect(try teacher.values(for: split.batch([0, 1]))["hidden"]?.shape == [2, 64])
  }
}
