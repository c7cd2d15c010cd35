import ArgumentParser
import Datasets

/// The command `pare`; a new subcommand is a file in `Commands` and a line here.
struct PareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pare",
    abstract: "Makes trained neural networks small and fast, and proves that they still work.",
    discussion: """
      MODEL is an .onnx or .pare file, or zoo:NAME with options (zoo:resnet20?width=0.5&classes=10).
      DATA is KIND:PATH; where KIND is left out, the folder's content tells. Kinds:
      \(DatasetFormats.all.map { "  \($0.identifier): \($0.summary)" }.joined(separator: "\n"))

      Exit codes: 0 done; 64 wrong usage; 65 bad input data; 66 input not found; 70 internal fault; \
      73 cannot write; 75 target not reached; 130 interrupted.
      """,
    version: Version.text,
    subcommands: [
      InspectCommand.self,
      InferCommand.self,
      EvaluateCommand.self,
      ProfileCommand.self,
      TrainCommand.self,
      PruneCommand.self,
      DistillCommand.self,
      QuantizeCommand.self,
      FactorizeCommand.self,
      CompressCommand.self,
      ReportCommand.self,
      ConvertCommand.self,
      ReparameterizeCommand.self,
      ZooCommand.self,
      OperatorsCommand.self,
    ])
}
