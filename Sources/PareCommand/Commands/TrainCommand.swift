import ArgumentParser
import Foundation
import Pare

/// `pare train`: from scratch or fine-tuning.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a network from scratch, or goes on training one.",
    discussion: """
      A tenth of the training data is held out and judges each epoch; the test split is read once, for the file \
      written. Checkpoints go to FILE.checkpoint/: after an interruption --resume goes on from there and gives what \
      an unbroken training would have given.

        pare train zoo:digits_separable --data digits --epochs 15 -o digits.onnx
        pare train zoo:resnet20 --data imagefolder:cifar10 --augmentation crop-flip -o resnet20.onnx
      """)

  @Argument(help: "An .onnx file or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @OptionGroup var data: DataOptions

  @OptionGroup var training: TrainingOptions

  @OptionGroup var output: OutputOptions

  @Flag(help: "Go on from the checkpoint in FILE.checkpoint/; an error (66) where there is none.")
  var resume = false

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let console = options.console
    let file = try output.file()
    let checkpoint = CheckpointFile(folder: output.output + ".checkpoint")
    try check(checkpoint)
    let read = try weights.applied(to: model.read(seed: options.seed), console)
    let (network, dataset) = try data.open(for: read, options)
    let splits = try training.splits(of: dataset, seed: options.seed)
    let engine = Engine(threads: options.threads)
    training.numbers.check(console)

    var trainer = Trainer(try training.configuration(batch: data.batch, seed: options.seed), engine: engine)
    trainer.objective = training.objective
    trainer.checkpointFolder = checkpoint.folder
    trainer.resumes = resume
    let interruption = Interruption(console)
    trainer.stop = interruption.token
    let display = TrainingDisplay(console, epochs: training.epochs)
    display.follow(&trainer)
    let result: TrainingResult
    do {
      defer { display.finish() }
      result = try trainer.train(network, on: splits.training, judgedBy: splits.heldOut)
    }

    var trained = result.model
    trained.labels = trained.labels ?? dataset.classes
    trained.history.append("trained \(training.epochs) epochs on \(dataset.specification)")
    let bytes = try ONNXFile.write(trained, to: file)
    let test = try accuracyOfWrittenFile(file, dataset, engine)
    let document = TrainingDocument(output: output.output, fileBytes: bytes, epochs: result.epochs, test: test)
    document.print(to: console)
    try console.printJSON(document)
  }

  /// Keeps an interrupted training from being overwritten unasked.
  private func check(_ checkpoint: CheckpointFile) throws {
    if resume, !checkpoint.exists {
      throw PareError(
        .notFound, "there is no checkpoint to resume in \(checkpoint.folder); leave --resume out to begin one")
    }
    let isUnfinished = checkpoint.exists && !FileManager.default.fileExists(atPath: output.output)
    if isUnfinished, !resume, !output.force {
      throw PareError(
        .cannotWrite,
        "\(checkpoint.folder) holds an interrupted training: --resume goes on with it, --force begins anew")
    }
  }

  /// The accuracy of the file, read again, on the test split; nil where there is none apart from the training data.
  private func accuracyOfWrittenFile(_ file: URL, _ dataset: Dataset, _ engine: Engine) throws -> Accuracy? {
    guard dataset.hasSeparateSplits else { return nil }
    let split = try dataset.split(.test)
    guard split.labels != nil else { return nil }
    return try AccuracyMeasurement.measure(try ONNXFile.read(file), on: split, batchSize: data.batch, engine: engine)
  }
}
