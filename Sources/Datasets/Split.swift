import Tensors

/// Samples that belong together: a training, held-out or test split, or part of one.
///
/// A value; parts share the decoded images.
public struct Split: Sendable {
  /// What it is called: `train`, `test`, `held-out`.
  public let name: String
  /// The names of the classes, a label's index among them; nil where there are none.
  public let classes: [String]?
  /// The class of each sample; nil where there are none.
  public let labels: [Int]?
  /// What a sample consists of.
  public private(set) var inputs: [SampleInput]
  /// Where the samples are.
  package let source: any SampleSource
  /// For each sample of the split, its index in the source: what random numbers are keyed on.
  package let samples: [Int]

  /// Makes a split of everything in a source.
  package init(name: String, source: any SampleSource, classes: [String]?, labels: [Int]?) {
    self.init(name: name, source: source, inputs: source.inputs, samples: Array(0..<source.count), classes, labels)
  }

  private init(
    name: String, source: any SampleSource, inputs: [SampleInput], samples: [Int], _ classes: [String]?,
    _ labels: [Int]?
  ) {
    precondition(labels.map { $0.count == samples.count } ?? true, "as many labels as samples")
    self.name = name
    self.source = source
    self.inputs = inputs
    self.samples = samples
    self.classes = classes
    self.labels = labels
  }

  /// How many samples there are.
  public var count: Int { samples.count }

  /// How many classes there are: as many as names, or one more than the largest label; nil without labels.
  public var classCount: Int? { classes?.count ?? labels.map { ($0.max() ?? -1) + 1 } }

  /// The samples at some positions, in that order, as a split of its own.
  public func subset(_ positions: [Int], name: String? = nil) -> Split {
    Split(
      name: name ?? self.name, source: source, inputs: inputs, samples: positions.map { samples[$0] }, classes,
      labels.map { labels in positions.map { labels[$0] } })
  }

  /// `limit` samples (all where there are fewer), spread over the split in proportion to the classes; the same for the
  /// same seed, in the split's order.
  public func sample(atMost limit: Int, seed: UInt64) -> Split {
    guard limit < count else { return self }
    let limit = max(limit, 0)
    let fraction = Double(limit) / Double(count)
    let parts = Stratification.divide(count: count, labels: labels, fraction: fraction, seed: seed)
    var random = RandomSource(seed: seed, RandomUse.sampling)
    let order = random.permutation(of: parts.chosen) + random.permutation(of: parts.rest)
    return subset(order.prefix(limit).sorted())
  }

  /// The same samples in a random order, the same for the same seed: splits of folders hold one class after the other.
  public func shuffled(seed: UInt64) -> Split {
    var random = RandomSource(seed: seed, RandomUse.sampling)
    return subset(random.permutation(of: Array(0..<count)))
  }

  /// The same samples with inputs named otherwise: `[old: new]`.
  public func renamingInputs(_ names: [String: String]) -> Split {
    var split = self
    for index in inputs.indices { split.inputs[index].name = names[inputs[index].name] ?? inputs[index].name }
    return split
  }

  /// The samples at some positions as a batch, prepared at once on the calling thread.
  /// - Throws: `PareError.badInput` naming a file that cannot be read.
  public func batch(_ positions: [Int]) throws -> Batch {
    var tensors = emptyTensors(count: positions.count)
    let sources = positions.map { samples[$0] }
    try source.fill(sources[...], placements: nil, into: &tensors)
    return Batch(inputs: inputs, tensors: tensors, labels: labels, positions: positions)
  }

  /// 64 hexadecimal digits that change when a sample, a label, a class or the order does; they do not depend on the
  /// preparation. Reads every file where the images are not in memory.
  /// - Throws: `PareError.badInput` naming a file that cannot be read.
  public func fingerprint() throws -> String {
    let identities = try source.identities()
    var hash = SHA256()
    for name in classes ?? [] { hash.update(name) }
    for (position, sample) in samples.enumerated() {
      hash.update(identities[sample].name)
      hash.update(identities[sample].hash)
      if let labels { hash.update(UInt64(labels[position])) }
    }
    return hash.hexadecimal
  }

  /// Tensors of zeros for so many samples, one an input.
  func emptyTensors(count: Int) -> [Tensor] {
    inputs.map { Tensor(zeros: Shape([count] + $0.shape.dimensions), dataType: $0.dataType) }
  }
}
