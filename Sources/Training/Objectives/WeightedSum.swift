import Graphs
import Tensors

/// A weighted sum of objectives: L = sum of w_i L_i. Weights are scalars that the host supplies at each step.
public struct WeightedSum: Objective {
  /// One objective and its weight.
  public struct Term: Sendable {
    /// What it is called in progress and records.
    public var name: String
    /// The weight, which may change from step to step.
    public var weight: @Sendable (TrainingMoment) -> Double
    /// The objective.
    public var objective: any Objective

    /// Makes a term with a weight that changes.
    public init(_ name: String, weight: @escaping @Sendable (TrainingMoment) -> Double, _ objective: any Objective) {
      self.name = name
      self.weight = weight
      self.objective = objective
    }

    /// Makes a term with a fixed weight.
    public init(_ name: String, weight: Double = 1, _ objective: any Objective) {
      self.init(name, weight: { _ in weight }, objective)
    }
  }

  /// The terms; their names differ.
  public var terms: [Term]

  /// Makes a sum.
  public init(_ terms: [Term]) { self.terms = terms }

  /// Adds the losses of all terms, each reported by its name before weighting.
  /// - Throws: `PareError.usage` without terms; what a term throws.
  public func loss(in builder: GraphBuilder, outputs: [String: Value], inputs: ObjectiveInputs) throws -> Value {
    var total: Value?
    for term in terms {
      let part = try builder.scope(term.name) {
        try term.objective.loss(in: builder, outputs: outputs, inputs: inputs)
      }
      inputs.report(term.name, part)
      let weighted = try builder.product(part, inputs.scalar("weight.\(term.name)", term.weight))
      total = try total.map { try builder.sum($0, weighted) } ?? weighted
    }
    guard let total else { throw PareError(.usage, "a training needs at least one loss") }
    return total
  }
}
