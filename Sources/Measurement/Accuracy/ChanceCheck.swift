import Datasets
import Engine
import Graphs
import Tensors

/// Notices data that does not go with a network: where the untouched network scores little better than chance, it tries
/// the usual preparations and class orders and reports what they would score.
public struct ChanceCheck: Sendable {
  /// A preparation and class order that was tried.
  public struct Trial: Sendable, Equatable {
    /// How images were normalised: `--mean 0.5,0.5,0.5 --std ...`, with channel order.
    public var preparation: String
    /// The order of the classes.
    public var order: String
    /// Top-1 on the sample.
    public var top1: Double
  }

  /// Samples that are tried on.
  public var sampleSize = 256
  /// Where programs run.
  public var engine: Engine

  /// Makes a check.
  public init(engine: Engine) { self.engine = engine }

  /// The least top-1 that passes: three times chance from six classes on; below that, where three times chance asks for
  /// half or more, a fifth of the way from chance to certainty.
  public static func threshold(classes: Int) -> Double {
    guard classes > 1 else { return 0 }
    let chance = 1 / Double(classes)
    return classes >= 6 ? 3 * chance : chance + (1 - chance) / 5
  }

  /// Checks a measured accuracy.
  ///
  /// - Parameter batches: how the data was prepared, where not by the model's own preparation.
  /// - Throws: `PareError.badInput` (65) where the accuracy is too near chance, with what others would score.
  public func verify(
    _ accuracy: Accuracy, of model: Model, on split: Split, batches: Preparation? = nil
  ) throws {
    let classes = split.classCount ?? 0
    guard classes > 1, accuracy.count > 0, accuracy.top1 < Self.threshold(classes: classes) else { return }
    let trials = try trials(of: model, on: split, batches: batches)
    let tried = trials.prefix(4).map { trial in
      "\(percent(trial.top1)) with \(trial.preparation), \(trial.order)"
    }
    throw PareError(
      .badInput,
      "the network scores \(percent(accuracy.top1)) on the \(split.name) split, hardly better than chance "
        + "(\(percent(1 / Double(classes)))): data and network do not go together. On a sample it would score "
        + tried.joined(separator: "; ") + ". Give --mean and --std, or data whose classes are in the network's order")
  }

  /// What the usual preparations and class orders score on a sample, best first.
  /// - Throws: what compiling and running throw.
  public func trials(of model: Model, on split: Split, batches: Preparation? = nil) throws -> [Trial] {
    let sample = split.sample(atMost: sampleSize, seed: 0)
    let orders = ClassOrder.candidates(data: split.classes, network: model.labels)
    let own = try model.preparation
    guard let base = batches ?? own ?? model.assumedPreparation, let labels = sample.labels else { return [] }
    var trials: [Trial] = []
    for candidate in PreparationCandidate.all(for: base) {
      var changed = model
      try changed.setPreparation(candidate.preparation)
      let accuracy = try AccuracyMeasurement.measure(changed, on: sample, batches: base, batchSize: 64, engine: engine)
      for order in orders {
        let right = zip(labels, accuracy.predictions).count { order.outputs[$0] == $1 }
        trials.append(
          Trial(
            preparation: candidate.name, order: order.name, top1: Double(right) / Double(max(labels.count, 1))))
      }
    }
    // Stable, so that of equals the plainer one comes first.
    return trials.enumerated().sorted { ($1.element.top1, $0.offset) < ($0.element.top1, $1.offset) }.map(\.element)
  }

  private func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
