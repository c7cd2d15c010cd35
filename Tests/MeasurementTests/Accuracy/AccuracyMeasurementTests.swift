import Datasets
import Engine
import Foundation
import Graphs
import Tensors
import Testing
import TestSupport

@testable import Measurement

@Suite struct AccuracyMeasurementTests {
  private let engine = Engine(threads: 1)

  /// Seven classes, five samples, batches of two: the last is padded.
  @Test(arguments: [false, true]) func countsByHand(softmax: Bool) throws {
    let rows: [[Float]] = [
      [5, 1, 1, 1, 1, 1, 1],  // label 0: right
      [1, 2, 3, 4, 5, 6, 7],  // label 2: fifth, so in the top five
      [1, 2, 3, 4, 5, 6, 7],  // label 1: sixth
      [0, 0, 0, 0, 0, 0, 0],  // label 0: of equals the first wins
      [0, 0, 0, 0, 0, 0, 0],  // label 5: of equals the sixth
    ]
    let graph = try SmallClassifiers.scaling(Array(repeating: 1, count: 7), softmax: softmax)
    let split = SmallClassifiers.split(rows, labels: [0, 2, 1, 0, 5])
    let accuracy = try AccuracyMeasurement(graph, on: split, batchSize: 2, engine: engine).measure()
    #expect(accuracy.top1 == 0.4)
    #expect(accuracy.top5 == 0.6)
    #expect(accuracy.count == 5)
    #expect(accuracy.predictions == [0, 6, 6, 0, 0])
    #expect(accuracy.isCorrect == [true, false, false, true, false])
    #expect(accuracy.correctPerClass == [2, 0, 0, 0, 0, 0, 0])
    #expect(accuracy.samplesPerClass == [2, 1, 1, 0, 0, 1, 0])
    let total = (1...7).reduce(0.0) { $0 + exp(Double($1)) }
    let parts: [Double] = [log(exp(5.0) + 6 * exp(1.0)) - 5, log(total) - 3, log(total) - 2, log(7.0), log(7.0)]
    let wanted = parts.reduce(0, +) / 5
    #expect(abs(accuracy.loss - wanted) < 1e-5)
  }

  @Test func noTopFiveUnderSixClasses() throws {
    let graph = try SmallClassifiers.scaling([1, 1, 1])
    let split = SmallClassifiers.split([[1, 0, 0], [0, 1, 0]], labels: [0, 1])
    let accuracy = try AccuracyMeasurement(graph, on: split, engine: engine).measure()
    #expect(accuracy.top5 == nil && accuracy.top1 == 1)
    let json = String(decoding: try JSONEncoder().encode(accuracy), as: UTF8.self)
    #expect(json.contains("\"top5\":null") && !json.contains("predictions"))
    let read = try JSONDecoder().decode(Accuracy.self, from: Data(json.utf8))
    #expect(read.top1 == 1 && read.top5 == nil)
  }

  @Test func scoresThatAreNoNumbersAreNeverRight() {
    let scores: [Float] = [.nan, .nan, .nan]
    scores.withUnsafeBufferPointer { scores in
      #expect(AccuracyCounter.rank(of: 1, in: scores) == 3)
      #expect(AccuracyCounter.largest(scores) == -1)
    }
  }

  @Test func wrongDataIsAnError() throws {
    let graph = try SmallClassifiers.scaling([1, 1, 1])
    let beyond = SmallClassifiers.split([[1, 0, 0]], labels: [3])
    let error = #expect(throws: PareError.self) { try AccuracyMeasurement(graph, on: beyond, engine: engine) }
    #expect(error?.message.contains("3 classes") == true)
    let unlabelled = SmallClassifiers.split([[1, 0, 0]], labels: nil)
    #expect(throws: PareError.self) { try AccuracyMeasurement(graph, on: unlabelled, engine: engine) }
    let narrow = SmallClassifiers.split([[1, 0]], labels: [0])
    #expect(throws: PareError.self) { try AccuracyMeasurement(graph, on: narrow, engine: engine) }
  }
}
