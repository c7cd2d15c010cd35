/// A criterion of weights that is judged by what a training shows of them on its way, update by update.
public protocol AccumulatingCriterion: WeightCriterion {
  /// Adds what an update shows to the evidence, which begins with zeros.
  /// - Parameter products: w ∂L/∂w of each weight before the update, ∂L/∂w being the mean over the update's samples.
  func accumulate(_ products: [Float], into evidence: inout [Float])
}

extension WeightScoring {
  /// Whether nothing but a training can show what the criterion looks at.
  var isJudgedInTrainingAlone: Bool { self is any AccumulatingCriterion && !(self is any GradientCriterion) }
}
