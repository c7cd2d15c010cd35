import Graphs

/// Cross-entropy with the labels: the mean over the batch of -sum over c of q_c log softmax(z)_c.
///
/// With label smoothing s over C classes, q = (1 - s) onehot + s / C (Szegedy et al. 2016, "Rethinking the Inception
/// architecture", section 7). A trailing Softmax of the network is left out: training works on its logits.
public struct CrossEntropy: Objective, Equatable {
  /// The share of the target that is spread evenly over all classes, 0 to 1.
  public var labelSmoothing: Double
  /// The output with the scores; the first where nil.
  public var output: String?

  /// Makes the objective.
  public init(labelSmoothing: Double = 0, output: String? = nil) {
    self.labelSmoothing = labelSmoothing
    self.output = output
  }

  /// Adds the loss.
  public func loss(in builder: GraphBuilder, outputs: [String: Value], inputs: ObjectiveInputs) throws -> Value {
    let logits = try inputs.logits(of: output)
    var target = try inputs.classTargets(like: logits)
    if labelSmoothing != 0 {
      let classes = Double(try builder.extent(of: logits, axis: 1))
      let kept = inputs.scalar("smoothing.kept", 1 - labelSmoothing)
      let spread = inputs.scalar("smoothing.spread", labelSmoothing / classes)
      target = try builder.sum(builder.product(target, kept), spread)
    }
    return try builder.crossEntropy(logits, target: target)
  }
}

extension GraphBuilder {
  /// The mean over the batch of -sum over c of q_c log softmax(z)_c, for scores z and distributions q, batch x classes.
  public func crossEntropy(_ logits: Value, target: Value) throws -> Value {
    let perSample = try add(
      ReduceSum(axes: [1], keepDimensions: false), product(target, logSoftmax(logits, axis: 1)))
    return try negated(mean(perSample, axes: [0]))
  }
}
