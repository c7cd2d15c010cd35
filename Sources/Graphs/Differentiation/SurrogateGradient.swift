/// What training takes for the derivative of a step function (a sign, a rounding, a selection), whose own is 0.
public enum SurrogateGradient: String, Sendable, Hashable, Codable {
  /// 0, as it is: nothing passes.
  case none
  /// 1: the straight-through estimator. (Bengio, Léonard, Courville 2013, "Estimating or propagating gradients through
  /// stochastic neurons", section 4.)
  case identity
  /// 1 where |x| <= 1, otherwise 0. (Hubara et al. 2016, "Binarized neural networks", equation 4.)
  case clippedIdentity
  /// max(0, 2 - 2 |x|): the derivative of a piecewise polynomial that comes closer to a sign. (Liu et al. 2018,
  /// "Bi-Real Net", equation 7.)
  case polynomial
}

extension GraphBuilder {
  /// Adds the gradient by x that a surrogate makes of dy, of the same shape as x; nil where nothing passes.
  public func gradient(_ surrogate: SurrogateGradient, of dy: Value, at x: Value) throws -> Value? {
    switch surrogate {
    case .none: nil
    case .identity: dy
    case .clippedIdentity: try add(ClipGradient(minimum: -1, maximum: 1), dy, x)
    case .polynomial: try add(PolynomialSurrogateGradient(), dy, x)
    }
  }
}
