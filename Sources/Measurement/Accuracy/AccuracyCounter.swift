import Foundation
import Tensors

/// Counts right answers, batch by batch.
struct AccuracyCounter {
  private let form: ClassScores.Form
  private var top5 = 0
  private var loss = 0.0
  private var classes = 0
  private var correctPerClass: [Int]
  private var samplesPerClass: [Int]
  private var predictions: [Int]
  private var isCorrect: [Bool]
  private var count = 0

  init(form: ClassScores.Form, samples: Int, classes: Int) {
    self.form = form
    correctPerClass = Array(repeating: 0, count: classes)
    samplesPerClass = correctPerClass
    predictions = Array(repeating: -1, count: samples)
    isCorrect = Array(repeating: false, count: samples)
  }

  /// Counts the first rows of scores (rows x classes, further axes of extent 1).
  mutating func add(_ scores: Tensor, labels: [Int], positions: [Int]) {
    let values = scores.floats
    classes = values.count / max(scores.shape[0], 1)
    values.withUnsafeBufferPointer { buffer in
      for (row, label) in labels.enumerated() {
        let line = UnsafeBufferPointer(rebasing: buffer[(row * classes)..<((row + 1) * classes)])
        let rank = Self.rank(of: label, in: line)
        count += 1
        samplesPerClass[label] += 1
        correctPerClass[label] += rank == 0 ? 1 : 0
        top5 += rank < 5 ? 1 : 0
        predictions[positions[row]] = Self.largest(line)
        isCorrect[positions[row]] = rank == 0
        loss += Self.crossEntropy(line, label: label, form: form)
      }
    }
  }

  func result(seconds: Double) -> Accuracy {
    let total = Double(max(count, 1))
    return Accuracy(
      top1: Double(correctPerClass.reduce(0, +)) / total, top5: classes < 6 ? nil : Double(top5) / total,
      loss: loss / total, count: count, seconds: seconds, correctPerClass: correctPerClass,
      samplesPerClass: samplesPerClass, predictions: predictions, isCorrect: isCorrect)
  }

  /// How many classes stand before one: those with a higher score, and the earlier ones with the same. A score that is
  /// not a number comes last, so that it is never right.
  static func rank(of label: Int, in scores: UnsafeBufferPointer<Float>) -> Int {
    let own = scores[label]
    if own.isNaN { return scores.count }
    var before = 0
    for index in scores.indices where scores[index] > own || (scores[index] == own && index < label) { before += 1 }
    return before
  }

  /// The first class of the highest score; -1 where none is a number.
  static func largest(_ scores: UnsafeBufferPointer<Float>) -> Int {
    var best = -1
    for index in scores.indices where !scores[index].isNaN && (best < 0 || scores[index] > scores[best]) {
      best = index
    }
    return best
  }

  /// -log of the class's probability. Probabilities below the smallest float count as that.
  static func crossEntropy(_ scores: UnsafeBufferPointer<Float>, label: Int, form: ClassScores.Form) -> Double {
    switch form {
    case .probabilities: return -log(max(Double(scores[label]), Double(Float.leastNonzeroMagnitude)))
    case .logProbabilities: return -Double(scores[label])
    case .logits:
      let top = Double(scores.max() ?? 0)
      let total = scores.reduce(0.0) { $0 + exp(Double($1) - top) }
      return top + log(total) - Double(scores[label])
    }
  }
}
