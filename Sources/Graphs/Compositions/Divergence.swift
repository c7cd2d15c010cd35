import Tensors

extension GraphBuilder {
  /// Adds the Kullback-Leibler divergence of a teacher's probabilities p from a student's log-probabilities log q: the
  /// mean over the batch (axis 0) of the sum over the rest of p (log p - log q). Where p is 0 it counts for 0.
  ///
  /// What the teacher says is taken for given: no gradient reaches it.
  public func divergence(ofProbabilities teacher: Value, fromLogProbabilities student: Value) throws -> Value {
    let given = try detached(teacher)
    let logarithms = try logarithm(clip(given, minimum: Double(Float.leastNormalMagnitude), maximum: nil))
    return try batchDivergence(given, logarithms, student)
  }

  /// Adds the Kullback-Leibler divergence of a teacher's from a student's log-probabilities: the mean over the batch
  /// (axis 0) of the sum over the rest of p (log p - log q). No gradient reaches the teacher.
  public func divergence(ofLogProbabilities teacher: Value, fromLogProbabilities student: Value) throws -> Value {
    let given = try detached(teacher)
    return try batchDivergence(exponential(given), given, student)
  }

  private func batchDivergence(_ probabilities: Value, _ logarithms: Value, _ student: Value) throws -> Value {
    let parts = try product(probabilities, difference(logarithms, student))
    let rank = try shape(of: parts).rank
    guard rank >= 2 else { throw PareError(.badInput, "a divergence of distributions without a batch axis") }
    return try mean(add(ReduceSum(axes: Array(1..<rank), keepDimensions: false), parts), axes: [0])
  }
}
