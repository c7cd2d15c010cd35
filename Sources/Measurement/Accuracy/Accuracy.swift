/// How well a network classifies: fractions, not percent.
public struct Accuracy: Codable, Sendable, Equatable {
  /// The share of samples whose class has the highest score. Of equal scores the first class wins.
  public var top1: Double
  /// The share of samples whose class is among the five highest scores; nil under six classes.
  public var top5: Double?
  /// The mean cross-entropy, natural logarithm.
  public var loss: Double
  /// How many samples there were.
  public var count: Int
  /// Seconds, loading included, compiling excluded.
  public var seconds: Double
  /// Samples classified correctly, by class.
  public var correctPerClass: [Int]
  /// Samples, by class.
  public var samplesPerClass: [Int]
  /// The class given to each sample, in the order of the split; -1 where no score was a number. Not part of the JSON.
  public var predictions: [Int]
  /// Whether each sample was classified correctly, in the order of the split. Not part of the JSON.
  public var isCorrect: [Bool]

  enum CodingKeys: String, CodingKey {
    case top1, top5, loss, count, seconds
    case correctPerClass = "correct_per_class"
    case samplesPerClass = "samples_per_class"
  }

  /// Makes a result.
  public init(
    top1: Double, top5: Double?, loss: Double, count: Int, seconds: Double, correctPerClass: [Int] = [],
    samplesPerClass: [Int] = [], predictions: [Int] = [], isCorrect: [Bool] = []
  ) {
    self.top1 = top1
    self.top5 = top5
    self.loss = loss
    self.count = count
    self.seconds = seconds
    self.correctPerClass = correctPerClass
    self.samplesPerClass = samplesPerClass
    self.predictions = predictions
    self.isCorrect = isCorrect
  }

  /// Reads the JSON form, without the predictions.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      top1: try values.decode(Double.self, forKey: .top1),
      top5: try values.decodeIfPresent(Double.self, forKey: .top5),
      loss: try values.decodeIfPresent(Double.self, forKey: .loss) ?? .nan,
      count: try values.decode(Int.self, forKey: .count),
      seconds: try values.decode(Double.self, forKey: .seconds),
      correctPerClass: try values.decodeIfPresent([Int].self, forKey: .correctPerClass) ?? [],
      samplesPerClass: try values.decodeIfPresent([Int].self, forKey: .samplesPerClass) ?? [])
  }

  /// Writes the JSON form: `top5` is null under six classes, `loss` where it is not a finite number.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(top1, forKey: .top1)
    try values.encode(top5, forKey: .top5)
    try values.encode(loss.isFinite ? loss : nil, forKey: .loss)
    try values.encode(count, forKey: .count)
    try values.encode(seconds, forKey: .seconds)
    try values.encode(correctPerClass, forKey: .correctPerClass)
    try values.encode(samplesPerClass, forKey: .samplesPerClass)
  }
}
