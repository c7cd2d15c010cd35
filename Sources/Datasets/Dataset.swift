import Tensors

/// The splits that data comes in.
public enum SplitName: String, Sendable, CaseIterable, Codable {
  /// What networks learn from, and what every choice is made on.
  case train
  /// What judges the result; also called validation split (`val/`).
  case test

  /// The split of a name: `train`, `test`, `val` or `validation`.
  /// - Throws: `PareError.usage` for any other.
  public init(parsing text: String) throws {
    switch text {
    case "train": self = .train
    case "test", "val", "validation": self = .test
    default: throw PareError(.usage, "there is no split '\(text)'; choose train or test")
    }
  }
}

/// Labelled or unlabelled data on disk (or built in), opened and checked; samples are read when a split is asked for.
public struct Dataset: Sendable {
  /// What was opened.
  public let specification: DataSpecification
  /// How samples are read.
  public let options: LoadingOptions
  private let format: any DatasetFormat

  /// Opens data: lists the files and checks that the splits agree, but reads no sample.
  /// - Throws: `PareError.notFound` where the folder is missing, `PareError.badInput` where its content cannot be used,
  ///   `PareError.usage` where the preparation is out of range.
  public init(_ specification: DataSpecification, options: LoadingOptions = LoadingOptions()) throws {
    try options.preparation?.validate()
    guard let format = DatasetFormats.named(specification.kind) else {
      throw PareError(.usage, "there is no kind of data '\(specification.kind)'")
    }
    self.specification = specification
    self.options = options
    self.format = try format.init(path: specification.path)
  }

  /// Opens data given as `KIND:PATH`.
  public init(parsing text: String, options: LoadingOptions = LoadingOptions()) throws {
    try self.init(DataSpecification(parsing: text), options: options)
  }

  /// The names of the classes in the order of the labels; nil where there are none.
  public var classes: [String]? { format.classes }

  /// Whether training and test samples are separate. A folder without `train` and `test` (or `val`) folders in it is
  /// one split, which both names give.
  public var hasSeparateSplits: Bool { format.hasSeparateSplits }

  /// How images are prepared: as the options say, or in the size that the data has; nil where samples are no images.
  /// - Throws: `PareError.badInput` where the first image cannot be read.
  public func preparation() throws -> Preparation? { try options.preparation ?? format.naturalPreparation() }

  /// Reads a split. Reads again at each call: keep the result.
  /// - Throws: `PareError.notFound` where the data has no such split; `PareError.badInput` naming a file that cannot be
  ///   used.
  public func split(_ name: SplitName) throws -> Split { try format.split(name, options: options) }

  /// Reads the training split and divides it into what is learned from and a held-out part that judges choices.
  ///
  /// The held-out part is `fraction` of each class, chosen by the seed alone.
  /// - Throws: as `split(_:)`, and `PareError.badInput` where there are too few samples to divide.
  public func trainingSplits(
    seed: UInt64, heldOut fraction: Double = 0.1
  ) throws -> (training: Split, heldOut: Split) {
    try split(.train).dividing(heldOut: fraction, seed: seed)
  }
}

extension Split {
  /// Divides into a part to learn from and a held-out part, `fraction` of each class, chosen by the seed alone.
  /// - Throws: `PareError.badInput` where no class has two samples.
  public func dividing(heldOut fraction: Double = 0.1, seed: UInt64) throws -> (training: Split, heldOut: Split) {
    let parts = Stratification.divide(count: count, labels: labels, fraction: fraction, seed: seed)
    guard !parts.chosen.isEmpty else {
      throw PareError(.badInput, "the \(name) split has \(count) samples, too few to hold some out; add more")
    }
    return (subset(parts.rest), subset(parts.chosen, name: "held-out"))
  }
}
