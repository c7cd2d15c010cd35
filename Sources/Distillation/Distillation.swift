import Datasets
import Engine
import Graphs
import Tensors
import Training

/// Trains a student with a teacher beside it.
public struct Distillation {
  /// What is minimised.
  public var loss: any DistillationLoss
  /// The trainer with its numbers, checkpoints and callbacks; objective and teacher are set here.
  public var trainer: Trainer

  /// Makes a distillation.
  public init(_ loss: any DistillationLoss, trainer: Trainer) {
    self.loss = loss
    self.trainer = trainer
  }

  /// Trains the student on the data, the teacher looking at the very same augmented pixels.
  /// - Throws: `PareError.badInput` where the two do not score the same classes, and what training throws.
  public func compress(
    _ student: Model, teacher: Model, trainingOn training: Split, judgedBy heldOut: Split? = nil
  ) throws -> TrainingResult {
    var trainer = trainer
    trainer.objective = loss
    trainer.teacher = try NetworkTeacher(
      teacher, batchSize: trainer.configuration.batchSize, batches: trainer.batches ?? student.preparation,
      inputName: student.graph.inputs.first?.name, engine: trainer.engine)
    return try trainer.train(student, on: training, judgedBy: heldOut)
  }
}
