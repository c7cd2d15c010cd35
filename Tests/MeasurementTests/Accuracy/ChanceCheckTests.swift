import Datasets
import Engine
import Graphs
import Tensors
import Testing
import TestSupport

@testable import Measurement

@Suite struct ChanceCheckTests {
  @Test func thresholds() {
    #expect(abs(ChanceCheck.threshold(classes: 10) - 0.3) < 1e-12)
    #expect(abs(ChanceCheck.threshold(classes: 2) - 0.6) < 1e-12)
    #expect(ChanceCheck.threshold(classes: 1) == 0)
  }

  @Test func numericOrderIsFound() {
    let orders = ClassOrder.candidates(data: ["0", "1", "10", "2"], network: ["10", "2", "1", "0"])
    #expect(orders.map(\.outputs) == [[0, 1, 2, 3], [0, 1, 3, 2], [3, 2, 0, 1]])
  }

  /// The network answers by the brightness of the pixel, which it wants in 0 ... 255.
  @Test func theRightPreparationIsNamed() throws {
    let classes = 8
    let builder = GraphBuilder()
    let x = try builder.flattened(builder.imageInput(channels: 1, height: 1, width: 1))
    // The score of class c is -(x - 32 c)² but for x²: 64 c x - 1024 c².
    let slope = builder.parameter("slope", Tensor((0..<classes).map { Float(64 * $0) }, shape: [classes, 1]))
    let shift = builder.parameter("shift", Tensor((0..<classes).map { Float(-1024 * $0 * $0) }))
    try builder.output(builder.add(Gemm(transposeB: true), x, slope, shift), as: "scores")
    let model = Model(try builder.build())
    let labels = (0..<64).map { $0 % classes }
    let pixels = Tensor(labels.map { Float(32 * $0) / 255 }, shape: [64, 1, 1, 1])
    let split = ArraySamples.split(name: "test", pixels, labels: labels, classes: classes)

    let check = ChanceCheck(engine: Engine(threads: 1))
    let accuracy = try AccuracyMeasurement.measure(model, on: split, engine: check.engine)
    #expect(accuracy.top1 == 0.125)
    #expect(try check.trials(of: model, on: split)[0].top1 == 1)
    let error = #expect(throws: PareError.self) { try check.verify(accuracy, of: model, on: split) }
    #expect(error?.code == .badInput)
    #expect(error?.message.contains("100.0 % with pixels in 0 ... 255") == true)
    var prepared = model
    try prepared.setPreparation(Preparation(height: 1, width: 1, channelOrder: .grey, scale: 255))
    let good = try AccuracyMeasurement.measure(prepared, on: split, engine: check.engine)
    #expect(good.top1 == 1)
    try check.verify(good, of: prepared, on: split)
  }
}
