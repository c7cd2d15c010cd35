import Tensors

/// An operator with a gradient rule.
public protocol Differentiable: Operator {
  /// Builds the nodes that compute the gradient of the loss by each input, given those by each output.
  ///
  /// The result has one entry per input: nil where the input has no gradient or none is wanted.
  /// - Throws: what building nodes throws.
  func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?]
}

/// An operator that computes something else, or more, in training than in inference (BatchNormalization, Dropout).
///
/// The stored graph is in inference form; the gradient transform replaces such nodes first.
public protocol HasTrainingForm: Operator {
  /// Adds the training form to the builder.
  /// - Returns: the node's outputs, and the values to be written to parameters after the step (by input position).
  func addTrainingForm(
    name: String, inputs: [Value?], in builder: GraphBuilder
  ) throws -> (outputs: [Value], stateWrites: [Int: Value])
}

/// One node in the eyes of its gradient rule.
public struct GradientCall: Sendable {
  /// The node's inputs; nil where absent.
  public let inputs: [Value?]
  /// The node's outputs.
  public let outputs: [Value]
  /// The gradient of the loss by each output; nil where the loss does not depend on it.
  public let outputGradients: [Value?]
  /// Whether the gradient by each input is wanted.
  public let wanted: [Bool]

  /// The gradient by the first output, which every rule is called with unless it has several outputs.
  public var gradient: Value { outputGradients[0]! }
}
