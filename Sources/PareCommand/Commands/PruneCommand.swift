import ArgumentParser
import Foundation
import Pare

/// `pare prune`: channels that are really removed.
struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Removes channels from a network, with fine-tuning between the steps.",
    discussion: """
      Layers lose channels by their measured sensitivity until the target is met; what comes out is a smaller network, \
      not a mask.

        pare prune net.onnx --data imagefolder:cifar10 --criterion l1 --target macs=0.5 --epochs 10 -o pruned.onnx
      """)

  @Argument(help: "An .onnx file or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @OptionGroup var data: DataOptions

  @Option(
    help: ArgumentHelp("What may be left: macs=0.5, parameters=0.4, size=500kB, latency=5ms.", valueName: "targets"),
    transform: TargetList.init(parsing:))
  var target: TargetList

  @Option(help: ArgumentHelp("The network that fine-tuning learns from. (default: MODEL itself)", valueName: "model"))
  var teacher: ModelArgument?

  @OptionGroup var pruning: PruningOptions

  @OptionGroup var tuning: FineTuningOptions

  @OptionGroup var output: OutputOptions

  @OptionGroup var unfinished: ResumeOption

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let file = try output.file()
    var run = try MethodRun(model: model, weights: weights, data: data, teacher: teacher, options: options)
    var wishes = CompressionWishes()
    wishes.targets = target.targets
    tuning.apply(to: &wishes)
    wishes.batchSize = data.batch
    (wishes.criterion, wishes.roundTo, wishes.floor) = (pruning.criterion, pruning.roundTo, pruning.floor)
    wishes.reinsertsBatchNorm = !pruning.keepFolded
    wishes.seed = options.seed
    var settings = try CompressionPlan.settings(
      for: run.request.model, hasLabels: run.request.data.classes != nil, wishes: wishes)
    settings.stages.removeAll { $0.stage is QuantizeStage }
    try run.write(settings, to: file, resuming: unfinished)
  }
}
