import Datasets
import Engine
import Graphs
import Tensors

/// Measures changed networks on held-out data, one after the other: what a layer can lose, which format it needs.
public struct SensitivityMeasurement {
  /// One change and what it costs.
  public struct Result: Codable, Sendable, Equatable {
    /// What was changed.
    public var name: String
    /// The accuracy of the changed network.
    public var accuracy: Accuracy
    /// Top-1 lost against the unchanged network; negative where the change helped.
    public var drop: Double
  }

  /// The samples that judge; part of the training data, never the test split.
  public var split: Split
  /// Samples in a batch.
  public var batchSize: Int
  /// Where programs run.
  public var engine: Engine
  /// Called after each candidate with the number done and the number of all.
  public var onProgress: ((_ done: Int, _ all: Int) -> Void)?

  /// Makes a measurement.
  public init(on split: Split, batchSize: Int = 128, engine: Engine) {
    self.split = split
    self.batchSize = batchSize
    self.engine = engine
  }

  /// Measures the unchanged network, then each candidate, which is made when its turn comes.
  ///
  /// - Parameters:
  ///   - original: the unchanged network, on raw samples (see `Model.graphOnRawPixels`).
  ///   - names: the candidates.
  ///   - candidate: makes the changed network, also on raw samples.
  /// - Throws: what making and measuring a candidate throws.
  public func measure(
    original: Graph, candidates names: [String], _ candidate: (String) throws -> Graph
  ) throws -> (original: Accuracy, results: [Result]) {
    let before = try accuracy(of: original)
    var results: [Result] = []
    for (index, name) in names.enumerated() {
      let accuracy = try accuracy(of: candidate(name))
      results.append(Result(name: name, accuracy: accuracy, drop: before.top1 - accuracy.top1))
      onProgress?(index + 1, names.count)
    }
    return (before, results)
  }

  /// The accuracy of a network, on raw samples.
  /// - Throws: what compiling and running throw.
  public func accuracy(of graph: Graph) throws -> Accuracy {
    try AccuracyMeasurement(graph, on: split, batchSize: batchSize, engine: engine).measure()
  }
}
