import ArgumentParser
import Foundation
import Pare

/// `pare distill`: a student learns from a teacher.
struct DistillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract: "Trains a student with a teacher beside it.",
    discussion: """
      The teacher looks at the very same augmented images, with its own normalisation.

        pare distill zoo:resnet8 --teacher resnet56.onnx --data imagefolder:cifar10 --epochs 20 -o student.onnx
      """)

  @Argument(help: "The student: an .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @Option(help: ArgumentHelp("The teacher: an .onnx or .pare file, or zoo:NAME.", valueName: "model"))
  var teacher: ModelArgument

  @Option(
    help: ArgumentHelp(
      "What is learned from the teacher: "
        + DistillationLosses.all.map { "\($0.identifier) (\($0.summary))" }.joined(separator: "; ") + ".",
      valueName: "name"))
  var loss = LogitsDistillation.identifier

  @OptionGroup var data: DataOptions

  @OptionGroup var tuning: FineTuningOptions

  @OptionGroup var output: OutputOptions

  @OptionGroup var unfinished: ResumeOption

  @OptionGroup
  var options: GlobalOptions

  func validate() throws {
    guard DistillationLosses.all.contains(where: { $0.identifier == loss }) else {
      let known = DistillationLosses.all.map { $0.identifier }.joined(separator: ", ")
      throw ValidationError("--loss \(loss): there are \(known)")
    }
  }

  func run() throws {
    let file = try output.file()
    var run = try MethodRun(model: model, weights: weights, data: data, teacher: teacher, options: options)
    run.request.expectsTrainedInput = false
    var training = TrainingConfiguration(
      epochs: tuning.epochs, batchSize: data.batch, rate: tuning.rate ?? 0.05, seed: options.seed)
    training.precision = tuning.numbers.precision
    training.augmentation = tuning.augmentation ?? CompressionPlan.augmentation(for: run.request.model)
    let distillation = try LogitsDistillation(
      temperature: tuning.temperature, distillationWeight: tuning.teacherWeight, labelWeight: 1 - tuning.teacherWeight)
    let stage = TrainStage(training: try training.validated(), distillation: distillation)
    try run.write(CompressionSettings(seed: options.seed, stages: [AnyStage(stage)]), to: file, resuming: unfinished)
  }
}
