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
      an unbroken training would have given. A recipe (see Recipes/) has all of the settings, and options given beside \
      it take the place of its own; what was used in the end is written to FILE.settings.yaml, a recipe again.

        pare train zoo:digits_separable --data digits --epochs 15 -o digits.onnx
        pare train zoo:resnet20 --data imagefolder:cifar10 --augmentation crop-flip -o resnet20.onnx
        pare train --recipe Recipes/resnet20.yaml --data imagefolder:cifar10 --epochs 20 -o resnet20.onnx
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME. (default: the recipe's)")
  var model: ModelArgument?

  @Option(help: ArgumentHelp("A file with the settings of a training.", valueName: "file"))
  var recipe: String?

  @OptionGroup var weights: WeightsOptions

  @Option(help: ArgumentHelp("\(DataOptions.meaning) (default: the recipe's)", valueName: "data"))
  var data: String?

  @OptionGroup var preparation: PreparationOptions

  @Option(
    help: ArgumentHelp("Samples in a batch. (default: \(TrainingConfiguration().batchSize))", valueName: "n"))
  var batch: Int?

  @OptionGroup var training: TrainingOptions

  @OptionGroup var output: OutputOptions

  @Flag(help: "Go on from the checkpoint in FILE.checkpoint/; an error (66) where there is none.")
  var resume = false

  @OptionGroup
  var options: GlobalOptions

  func validate() throws {
    if recipe == nil {
      guard model != nil else { throw ValidationError("give a MODEL, or a --recipe that names one") }
      guard data != nil else { throw ValidationError("give --data, or a --recipe that names it") }
    }
    if let batch, !(1...65_536).contains(batch) {
      throw ValidationError("--batch \(batch): give a number from 1 to 65536")
    }
  }

  func run() throws {
    let console = options.console
    let file = try output.file()
    let checkpoint = CheckpointFile(folder: output.output + ".checkpoint")
    try check(checkpoint)
    let recipe = try resolvedRecipe()
    guard let model = recipe.model, let data = recipe.data else {
      throw PareError(
        .usage, "the recipe names no \(recipe.model == nil ? "model" : "data"); give it on the command line")
    }
    let configuration = recipe.training
    let read = try weights.applied(to: ModelArgument(argument: model).read(seed: configuration.seed), console)
    let (network, dataset) = try DataOptions.open(data, preparation.completed(by: recipe), for: read, options)
    let splits = try splits(of: dataset, recipe)
    let engine = options.engine()
    if let note = configuration.precisionNote { console.note(note) }

    var trainer = Trainer(configuration, engine: engine)
    trainer.objective = recipe.objective
    trainer.checkpointFolder = checkpoint.folder
    trainer.resumes = resume
    let interruption = Interruption(console)
    trainer.stop = interruption.token
    let display = TrainingDisplay(console, epochs: configuration.epochs)
    display.follow(&trainer)
    let result: TrainingResult
    do {
      defer { display.finish() }
      result = try trainer.train(network, on: splits.training, judgedBy: splits.heldOut)
    }

    var trained = result.model
    trained.labels = trained.labels ?? dataset.classes
    trained.history.append("trained \(configuration.epochs) epochs on \(dataset.specification)")
    let bytes = try ModelFile.write(trained, to: file)
    try FileBytes.write(Array(try recipe.yaml().utf8), to: output.output + ".settings.yaml")
    let test = try accuracyOfWrittenFile(file, dataset, engine, batch: configuration.batchSize)
    let document = TrainingDocument(output: output.output, fileBytes: bytes, epochs: result.epochs, test: test)
    document.print(to: console)
    try console.printJSON(document)
  }

  /// The recipe's settings with those of the command line in their places.
  /// - Throws: `PareError.usage` for what makes no sense together, and what reading the recipe throws.
  func resolvedRecipe() throws -> TrainingRecipe {
    var result = try recipe.map { try TrainingRecipe(contentsOf: URL(fileURLWithPath: $0)) } ?? TrainingRecipe()
    result.model = model?.text ?? result.model
    result.data = data ?? result.data
    result.mean = preparation.mean?.values ?? result.mean
    result.std = preparation.std?.values ?? result.std
    result.resize = preparation.resize ?? result.resize
    result.training.batchSize = batch ?? result.training.batchSize
    result.training.seed = options.givenSeed ?? result.training.seed
    try training.apply(to: &result)
    return try result.validated()
  }

  /// What is learned from, and what judges each epoch.
  private func splits(of dataset: Dataset, _ recipe: TrainingRecipe) throws -> (training: Split, heldOut: Split?) {
    guard recipe.heldOut > 0 else { return (try dataset.split(.train), nil) }
    let parts = try dataset.trainingSplits(seed: recipe.training.seed, heldOut: recipe.heldOut)
    return (parts.training, parts.heldOut)
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
  private func accuracyOfWrittenFile(_ file: URL, _ dataset: Dataset, _ engine: Engine, batch: Int) throws -> Accuracy?
  {
    guard dataset.hasSeparateSplits else { return nil }
    let split = try dataset.split(.test)
    guard split.labels != nil else { return nil }
    return try AccuracyMeasurement.measure(try ModelFile.read(file), on: split, batchSize: batch, engine: engine)
  }
}
