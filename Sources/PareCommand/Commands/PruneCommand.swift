import ArgumentParser
import Foundation
import Pare

/// `pare prune`: channels that are really removed, or weights that are zero.
struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Removes channels from a network, or sets weights to zero, with fine-tuning between the steps.",
    discussion: """
      With --target layers lose channels by their measured sensitivity until it is met; what comes out is a smaller \
      network, not a mask. With --sparsity or --granularity weights become zero and stay zero while the rest is trained.

        pare prune net.onnx --data imagefolder:cifar10 --criterion l1 --target macs=0.5 --epochs 10 -o pruned.onnx
        pare prune net.onnx --data imagefolder:cifar10 --layer-ratio 'layer1.*.conv1*=0.6' --epochs 10 -o pruned.onnx
        pare prune net.onnx --data digits --sparsity 0.9 --schedule agp --epochs 10 -o sparse.onnx
        pare prune net.onnx --data digits --granularity 2:4 --epochs 10 -o sparse.onnx
        pare prune resnet56.onnx --data imagefolder:cifar10 --granularity depth --target macs=0.7 -o shallow.onnx
        pare prune zoo:digits_mlp --data digits --lottery large_final --sparsity 0.9 --rounds 8 -o ticket.onnx
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @OptionGroup var data: DataOptions

  @Option(
    help: ArgumentHelp(
      "What may be left: macs=0.5, parameters=0.4, channels=0.3, size=500kB, pare_size=100kB, latency=5ms.",
      valueName: "targets"),
    transform: TargetList.init(parsing:))
  var target: TargetList?

  @Option(help: ArgumentHelp("The network that fine-tuning learns from. (default: MODEL itself)", valueName: "model"))
  var teacher: ModelArgument?

  @OptionGroup var pruning: PruningOptions

  @OptionGroup var tickets: LotteryOptions

  @OptionGroup var tuning: FineTuningOptions

  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("Write a page with all that was done and measured to this file.", valueName: "file"))
  var report: String?

  @OptionGroup var unfinished: ResumeOption

  @OptionGroup
  var options: GlobalOptions

  func validate() throws {
    if let report, !report.hasSuffix(".html") {
      throw ValidationError("--report \(report): give the name of an .html file")
    }
    if tickets.lottery != nil {
      guard target == nil, teacher == nil, tuning.temperature == 4, tuning.teacherWeight == 0.9 else {
        throw ValidationError(
          "a ticket is found from labels and single weights; leave --target, --teacher, --temperature and "
            + "--teacher-weight out")
      }
      _ = try tickets.configuration(with: pruning)
    }
    guard !pruning.scratch || tuning.epochs > 0 else {
      throw ValidationError("--scratch trains fresh weights; give --epochs above 0")
    }
    guard target != nil || pruning.asksByItself else {
      throw ValidationError(
        "what is to be removed? give --target macs=0.5, --layer-ratio or, for zeros, --sparsity or --granularity 2:4")
    }
  }

  func run() throws {
    let file = try output.file()
    let page = try report.map { try OutputFile.check($0, replaces: true) }
    var run = try MethodRun(model: model, weights: weights, data: data, teacher: teacher, options: options)
    var wishes = CompressionWishes()
    wishes.targets = target?.targets ?? []
    tuning.apply(to: &wishes)
    wishes.batchSize = data.batch
    try pruning.apply(to: &wishes)
    wishes.seed = options.seed
    wishes.quantizes = false
    wishes.lottery = try tickets.configuration(with: pruning)
    // The network of a search that has yet to train it knows nothing.
    run.request.expectsTrainedInput = wishes.lottery == nil || wishes.rewind != nil
    let settings = try CompressionPlan.settings(
      for: run.request.model, hasLabels: run.request.data.classes != nil, wishes: wishes)
    try run.write(settings, to: file, resuming: unfinished, report: page)
  }
}
