import Engine
import Graphs
import Measurement
import Tensors

/// A network with an objective on it, ready to be differentiated.
public struct TrainingGraph {
  /// The network in inference form, the objective's nodes and inputs behind it; its outputs are the loss and the parts
  /// of it that are reported.
  public let graph: Graph
  /// The same with every node and parameter of the network, also those that the loss does not read: what a
  /// `TrainingState` is made from, so that all of the network can be evaluated on it.
  public let whole: Graph
  /// The name of the loss.
  public let loss: String
  /// The names of the reported parts, in the order of the outputs that follow the loss.
  public let parts: [String]
  let declarations: [ObjectiveInputs.Declaration]

  /// Puts an objective on a network.
  ///
  /// - Parameters:
  ///   - network: takes raw samples (see `Model.graphOnRawPixels`).
  ///   - teacherShapes: what a teacher supplies; nil where there is none.
  /// - Throws: what the objective throws; `PareError.usage` where the loss is not a scalar.
  public init(
    _ network: Graph, objective: any Objective, teacherShapes: [String: ValueShape]? = nil
  ) throws {
    let builder = try GraphBuilder(extending: network)
    let outputs = try network.outputs.map { port in
      (name: port.name, value: Value(try ClassScores(of: network, output: port.name).logits))
    }
    let inputs = ObjectiveInputs(builder: builder, outputs: outputs, teacherShapes: teacherShapes)
    let loss = try builder.scope("objective") {
      try objective.loss(
        in: builder, outputs: Dictionary(uniqueKeysWithValues: outputs.map { ($0.name, $0.value) }), inputs: inputs)
    }
    let type = builder.type(of: loss)
    guard type.shape?.rank == 0, type.dataType == .float32 else {
      throw PareError(.usage, "a loss must be a single float32 number, this one is \(type); take its mean")
    }
    var graph = builder.graph
    // The same value may be the loss and a part of it; a graph's outputs are distinct.
    var parts: [(name: String, value: Value)] = []
    for report in inputs.reports where report.value != loss && !parts.contains(where: { $0.value == report.value }) {
      parts.append(report)
    }
    graph.outputs = [GraphPort(loss.name, type)] + parts.map { GraphPort($0.value.name, builder.type(of: $0.value)) }
    whole = graph
    self.graph = try DeadNodeElimination().apply(to: graph)
    self.loss = loss.name
    self.parts = parts.map(\.name)
    declarations = inputs.declarations
  }

  /// The graph with the gradients of the loss by all trainable parameters.
  ///
  /// - Parameter training: whether operators take their training form (batch statistics, dropout).
  /// - Throws: `PareError.unsupported` where an operator on the way has no gradient.
  public func differentiated(training: Bool = true) throws -> GradientGraph {
    try SwishFusion().apply(to: graph).differentiated(
      loss: loss, withRespectTo: graph.trainableParameters(), training: training)
  }
}
