import Tensors

extension GraphBuilder {
  /// Adds the smooth absolute value of every element of a difference d: d^2 / (2 beta) where |d| < beta, otherwise
  /// |d| - beta / 2. (Girshick 2015, "Fast R-CNN", equation 3, with beta = 1.)
  ///
  /// It is c (d - c / 2) / beta with c = d limited to [-beta, beta].
  public func smoothL1(_ difference: Value, beta: Double = 1) throws -> Value {
    try scaled(huber(difference, delta: beta), by: Float(1 / beta))
  }

  /// Adds Huber's function of every element of a difference d: d^2 / 2 where |d| <= delta, otherwise
  /// delta (|d| - delta / 2). (Huber 1964, "Robust estimation of a location parameter".)
  public func huber(_ difference: Value, delta: Double = 1) throws -> Value {
    precondition(delta > 0, "a limit of \(delta)")
    let limited = try clip(difference, minimum: -delta, maximum: delta)
    return try product(limited, self.difference(difference, scaled(limited, by: 0.5)))
  }
}
