import ArgumentParser
import Foundation
import Pare

/// `pare compress`: methods composed under a budget.
struct CompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Makes a network smaller and faster under a budget, and proves it.",
    discussion: """
      Prunes channels, distils, and quantizes to int8, as far as the targets ask for. The folder then holds model.onnx \
      (int8, standard ONNX), model.pare (the same, packed), model.float.onnx, report.html, report.json and settings.yaml. \
      Every choice is judged on a tenth of the training data that is held out; behind the last choice all of it is learned \
      from. The test split is read once before and once after, from the written file.

        pare compress resnet20.onnx --data imagefolder:cifar10 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 \\
             --teacher resnet56.onnx --target macs=0.5,size=0.25 --epochs 12 -o out/
        pare compress detector.onnx --data images:photos -o out/
        pare compress resnet20.onnx --data imagefolder:cifar10 --recipe out/settings.yaml -o again/

      A bare number in --target is what may be left, as a fraction of the original; with a unit it is absolute \
      (size=500kB, latency=5ms, fps=200fps). Kinds: macs, parameters, channels, size, pare_size, memory, \
      latency, fps.
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @OptionGroup var data: DataOptions

  @Option(help: ArgumentHelp("The network that is learned from. (default: MODEL itself)", valueName: "model"))
  var teacher: ModelArgument?

  @Option(
    help: ArgumentHelp("What may be left, such as macs=0.5,size=0.25.", valueName: "targets"),
    transform: TargetList.init(parsing:))
  var target: TargetList?

  @OptionGroup var guards: GuardOptions

  @OptionGroup var tuning: FineTuningOptions

  @OptionGroup var pruning: PruningOptions

  @OptionGroup var quantization: QuantizationOptions

  @Option(help: ArgumentHelp("Run exactly the stages of this file, as settings.yaml has them.", valueName: "file"))
  var recipe: String?

  @Flag(help: "List the stages with the time they will take, and stop.")
  var dryRun = false

  @Flag(help: "Go on from the finished stages and checkpoints in the output folder.")
  var resume = false

  @Option(name: [.short, .long], help: ArgumentHelp("The folder for the results.", valueName: "dir"))
  var output: String

  @Flag(help: "Replace results that are in the folder.")
  var force = false

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let folder = URL(fileURLWithPath: output, isDirectory: true)
    if !dryRun { try checkFolder(folder) }
    var run = try MethodRun(model: model, weights: weights, data: data, teacher: teacher, options: options)
    run.request.output = folder
    run.request.resumes = resume
    run.request.settings =
      try recipe.map { try CompressionSettings(contentsOf: URL(fileURLWithPath: $0)) } ?? planned(for: run)
    if dryRun { return try run.listStages() }
    let document = try run.finish()
    options.console.print("report: \(folder.appendingPathComponent("report.html").path)")
    if document.exitCode != 0 { throw ExitCode(Int32(document.exitCode)) }
  }

  private func planned(for run: MethodRun) throws -> CompressionSettings {
    var wishes = CompressionWishes()
    wishes.targets = target?.targets ?? []
    (wishes.maxDrop, wishes.minTop1) = (guards.maxDrop, guards.minTop1)
    tuning.apply(to: &wishes)
    wishes.batchSize = data.batch
    try pruning.apply(to: &wishes)
    (wishes.calibration, wishes.calibrationSamples) = (quantization.calibration, quantization.calibrationSamples)
    wishes.seed = options.seed
    return try CompressionPlan.settings(
      for: run.request.model, hasLabels: run.request.data.classes != nil, wishes: wishes)
  }

  private func checkFolder(_ folder: URL) throws {
    if resume, !FileManager.default.fileExists(atPath: folder.appendingPathComponent(".stages").path) {
      throw PareError(.notFound, "there is nothing to resume in \(output); leave --resume out to begin")
    }
    _ = try OutputFolder(output, replaces: force || resume)
    let report = folder.appendingPathComponent("report.json").path
    if !resume { _ = try OutputFile.check(report, replaces: force) }
    guard FileManager.default.isWritableFile(atPath: folder.path) else {
      throw PareError(.cannotWrite, "the folder \(output) is not writable; choose another with -o")
    }
  }
}
