import Graphs
import Tensors

/// Where a classifier's scores are, and in which form they come.
public struct ClassScores: Sendable, Equatable {
  /// What the numbers of an output mean.
  public enum Form: Sendable, Equatable {
    /// Scores of any size, larger for likelier classes.
    case logits
    /// Probabilities: the output of a Softmax.
    case probabilities
    /// Logarithms of probabilities: the output of a LogSoftmax.
    case logProbabilities
  }

  /// The output of the network.
  public let output: String
  /// The value that is normalised by a trailing Softmax or LogSoftmax; the output itself where there is none.
  public let logits: String
  /// The form of the output.
  public let form: Form

  /// Looks at an output, the first where none is named. Identity, Flatten, Reshape and Squeeze behind a Softmax are
  /// looked through where they leave the class axis alone.
  /// - Throws: `PareError.usage` where the network has no such output.
  public init(of graph: Graph, output: String? = nil) throws {
    guard let name = output ?? graph.outputs.first?.name, graph.isOutput(name) else {
      let names = graph.outputs.map(\.name).joined(separator: ", ")
      throw PareError(.usage, "the network has no output \"\(output ?? "")\"; it has \(names)")
    }
    let producers = graph.producers()
    var value = name
    while let index = producers[value] {
      let node = graph.nodes[index]
      let isSoftmax = node.op is Softmax
      if isSoftmax || node.op is LogSoftmax {
        self.init(output: name, logits: node.inputs[0], form: isSoftmax ? .probabilities : .logProbabilities)
        return
      }
      guard node.op is Identity || node.op is Flatten || node.op is Reshape || node.op is Squeeze else { break }
      value = node.inputs[0]
    }
    self.init(output: name, logits: name, form: .logits)
  }

  private init(output: String, logits: String, form: Form) {
    self.output = output
    self.logits = logits
    self.form = form
  }
}
