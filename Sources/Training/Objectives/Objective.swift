import Graphs

/// What a training minimises: a few lines of builder code on the network's outputs and features.
///
/// Adding one: a new file here (or in a method family) with a type like this. The gradient comes for free.
///
/// ```swift
/// struct LogitMatching: Objective {
///   func loss(in builder: GraphBuilder, outputs: [String: Value], inputs: ObjectiveInputs) throws -> Value {
///     let logits = try inputs.logits()
///     let difference = try builder.difference(logits, inputs.teacher("logits"))
///     return try builder.mean(builder.product(difference, difference))
///   }
/// }
/// ```
public protocol Objective: Sendable {
  /// Adds the nodes that compute the loss, a float32 scalar: the mean over the batch.
  ///
  /// - Parameters:
  ///   - builder: holds the whole network; every value of it can be read by name (`inputs.feature("layer1.out")`).
  ///   - outputs: the network's outputs by name, a trailing Softmax taken away (its logits instead).
  ///   - inputs: declares what the host supplies at each step: targets, teacher values, scalars. Temperatures, weights
  ///     and other numbers that a schedule may move are scalars, never constants.
  /// - Throws: what building nodes throws.
  func loss(in builder: GraphBuilder, outputs: [String: Value], inputs: ObjectiveInputs) throws -> Value
}
