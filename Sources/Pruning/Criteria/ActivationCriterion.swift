import Graphs

/// A criterion that looks at what channels carry on samples.
///
/// It names the values to look at and gives, in builder code, the statistic of each of their channels over a batch; the
/// mean of it over the batches is found in `PruningContext.evidence`.
public protocol ActivationCriterion: PruningCriterion {
  /// The names of the values that are looked at.
  /// - Throws: what shape inference throws.
  func values(in graph: Graph) throws -> Set<String>

  /// Adds the nodes that compute a number for each index along the one axis that is not in `axes`.
  /// - Throws: what building nodes throws.
  func statistic(of value: Value, over axes: [Int], in builder: GraphBuilder) throws -> Value
}
