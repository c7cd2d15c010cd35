/// What decides which weights a ticket keeps: a score m(w_i, w_f) of a weight's value before and after training, the
/// highest of a layer staying.
///
/// Zhou, Lan, Liu, Yosinski 2019, "Deconstructing lottery tickets: zeros, signs, and the supermask", section 2 and
/// figure 3. Where the two values are weighed against each other, the paper's factor α is here the quotient of their
/// mean sizes in the layer, so that neither decides alone.
public enum MaskCriterion: String, Codable, Sendable, CaseIterable {
  /// |w_f|: the ticket of Frankle and Carbin.
  case largeFinal = "large_final"
  /// −|w_f|.
  case smallFinal = "small_final"
  /// |w_i|.
  case largeInit = "large_init"
  /// −|w_i|.
  case smallInit = "small_init"
  /// min(α |w_f|, |w_i|).
  case largeInitLargeFinal = "large_init_large_final"
  /// −max(α |w_f|, |w_i|).
  case smallInitSmallFinal = "small_init_small_final"
  /// |w_f| − |w_i|.
  case magnitudeIncrease = "magnitude_increase"
  /// |w_f − w_i|.
  case movement
  /// max(0, sign(w_i) w_f): large weights that kept their sign, the best masks of untrained networks (section 5).
  case largeFinalSameSign = "large_final_same_sign"
  /// max(0, −sign(w_i) w_f): large weights that changed their sign, the control of the one above.
  case largeFinalDifferentSign = "large_final_diff_sign"
  /// A draw: the control.
  case random

  /// One line for the help.
  public var summary: String {
    switch self {
    case .largeFinal: "large after training"
    case .smallFinal: "small after training"
    case .largeInit: "large before"
    case .smallInit: "small before"
    case .largeInitLargeFinal: "large before and after"
    case .smallInitSmallFinal: "small before and after"
    case .magnitudeIncrease: "grew most"
    case .movement: "moved most"
    case .largeFinalSameSign: "large with the sign it had"
    case .largeFinalDifferentSign: "large with another sign"
    case .random: "a draw"
    }
  }

  /// The score of one weight.
  func score(initial: Double, final: Double, factor: Double) -> Double {
    switch self {
    case .largeFinal, .random: abs(final)
    case .smallFinal: -abs(final)
    case .largeInit: abs(initial)
    case .smallInit: -abs(initial)
    case .largeInitLargeFinal: min(factor * abs(final), abs(initial))
    case .smallInitSmallFinal: -max(factor * abs(final), abs(initial))
    case .magnitudeIncrease: abs(final) - abs(initial)
    case .movement: abs(final - initial)
    case .largeFinalSameSign: max(0, initial < 0 ? -final : final)
    case .largeFinalDifferentSign: max(0, initial < 0 ? final : -final)
    }
  }
}

extension MaskCriterion: WeightScoring {
  /// The scores of a layer's trained weights; what they were before is found in the context.
  public func weightScores(of weights: [Float], named name: String, given context: WeightContext) -> [Double] {
    if self == .random { return RandomScores().weightScores(of: weights, named: name, given: context) }
    let initial = context.initial[name] ?? weights
    precondition(initial.count == weights.count, "\(initial.count) values before for \(weights.count) of \(name)")
    func size(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double(abs($1)) } }
    let trained = size(weights)
    let factor = trained > 0 ? size(initial) / trained : 1
    return zip(initial, weights).map { score(initial: Double($0), final: Double($1), factor: factor) }
  }
}
