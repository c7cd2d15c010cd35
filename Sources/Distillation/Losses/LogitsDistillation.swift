import Graphs
import Tensors
import Training

/// Knowledge distillation from a teacher's scores.
///
/// L = w_l CE(y, softmax(s)) + w_d T^2 KL(softmax(t/T) || softmax(s/T)), each the mean over the batch, for student scores
/// s and teacher scores t. T^2 keeps the size of the soft gradient independent of T. (Hinton, Vinyals, Dean 2015,
/// "Distilling the knowledge in a neural network", section 2.) The teacher's scores are inputs: no gradient reaches them.
public struct LogitsDistillation: DistillationLoss {
  /// The name in recipes and on the command line.
  public static let identifier = "logits"
  /// One line for help texts.
  public static let summary = "soft targets: KL divergence of softened scores (Hinton et al. 2015)"

  /// T: 1 leaves the distributions as they are, more makes them softer.
  public var temperature: Double
  /// w_d: the weight of the teacher's soft targets.
  public var distillationWeight: Double
  /// w_l: the weight of the labels; 0 needs no labels.
  public var labelWeight: Double
  /// The smoothing of the labels.
  public var labelSmoothing: Double

  enum CodingKeys: String, CodingKey {
    case temperature
    case distillationWeight = "distillation_weight"
    case labelWeight = "label_weight"
    case labelSmoothing = "label_smoothing"
  }

  /// Makes the loss.
  /// - Throws: `PareError.usage` for a temperature that is not above 0, a negative weight, or both weights 0.
  public init(
    temperature: Double = 4, distillationWeight: Double = 0.9, labelWeight: Double = 0.1, labelSmoothing: Double = 0
  ) throws {
    guard temperature > 0, temperature.isFinite else {
      throw PareError(.usage, "a temperature of \(temperature); it must be above 0")
    }
    guard distillationWeight >= 0, labelWeight >= 0, distillationWeight + labelWeight > 0 else {
      throw PareError(.usage, "weights of \(distillationWeight) and \(labelWeight); none may be negative, nor both 0")
    }
    self.temperature = temperature
    self.distillationWeight = distillationWeight
    self.labelWeight = labelWeight
    self.labelSmoothing = labelSmoothing
  }

  /// Adds the loss.
  public func loss(in builder: GraphBuilder, outputs: [String: Value], inputs: ObjectiveInputs) throws -> Value {
    let student = try inputs.logits()
    let teacher = try inputs.teacher("logits")
    let classes = try builder.extent(of: student, axis: 1)
    guard try builder.shape(of: teacher).dimensions.last == .fixed(classes) else {
      throw PareError(
        .badInput,
        "the teacher scores \(try builder.shape(of: teacher)), the student \(classes) classes; they must agree")
    }
    let heat = inputs.scalar("temperature", temperature)
    let wanted = try builder.logSoftmax(builder.quotient(teacher, heat), axis: 1)
    let given = try builder.logSoftmax(builder.quotient(student, heat), axis: 1)
    let divergence = try builder.divergence(ofLogProbabilities: wanted, fromLogProbabilities: given)
    inputs.report("distillation", divergence)
    let soft = try builder.product(
      divergence, inputs.scalar("distillation.weight", distillationWeight * temperature * temperature))
    guard labelWeight > 0 else { return soft }
    let hard = try CrossEntropy(labelSmoothing: labelSmoothing).loss(in: builder, outputs: outputs, inputs: inputs)
    inputs.report("labels", hard)
    return try builder.sum(soft, builder.product(hard, inputs.scalar("labels.weight", labelWeight)))
  }
}
