import Datasets
import Graphs
import Tensors
import TestSupport

/// Networks whose scores are their inputs, times a weight per class.
enum SmallClassifiers {
  /// Scores = input * weights.
  static func scaling(_ weights: [Float], softmax: Bool = false) throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.input("input", shape: [.batch, .fixed(weights.count)])
    var y = try builder.product(x, builder.parameter("weights", Tensor(weights)))
    if softmax { y = try builder.softmax(y) }
    try builder.output(y, as: "scores")
    return try builder.build()
  }

  /// Samples whose rows are the scores.
  static func split(_ rows: [[Float]], labels: [Int]?) -> Split {
    ArraySamples.split(Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count]), labels: labels)
  }
}
