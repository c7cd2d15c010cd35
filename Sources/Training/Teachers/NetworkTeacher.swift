import Datasets
import Engine
import Graphs
import Measurement
import Tensors

/// A trained network as a teacher: in inference form, compiled at the student's batch size, run on the same augmented
/// raw pixels with its own normalisation inside its own program.
public final class NetworkTeacher: TeacherSource {
  /// The shapes of `logits` and of the features asked for.
  public let shapes: [String: ValueShape]
  private let program: Program
  private let names: [(key: String, output: String)]

  /// Compiles a teacher.
  ///
  /// - Parameters:
  ///   - features: further values of the teacher's graph, by the name that objectives ask for. Values inside the network
  ///     are taken from the network as it is, without folding.
  ///   - output: the output with the class scores, which become `logits` without a trailing Softmax.
  ///   - precision: bfloat16 products cost half the time and change scores in the third digit, less than augmentation
  ///     does; a processor without them computes in float32.
  ///   - batches: how the student's batches are prepared, where not by the teacher's own preparation.
  /// - Throws: `PareError.usage` for a value that the teacher does not have, or an input that the batches lack.
  public init(
    _ model: Model, features: [String: String] = [:], output: String? = nil, batchSize: Int,
    batches: Preparation? = nil, inputName: String? = nil, precision: ProgramOptions.Precision = .bfloat16,
    engine: Engine
  ) throws {
    var graph = try model.graphOnRawPixels(batches: batches)
    if let inputName, graph.inputs.count == 1 { graph = try graph.renamingInput(to: inputName) }
    let wanted =
      [(key: "logits", value: try ClassScores(of: graph, output: output).logits)]
      + features.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    let facts = try graph.facts()
    for (_, value) in wanted where facts[value] == nil {
      throw PareError(.usage, "the teacher has no value \"\(value)\"")
    }
    var ports: [GraphPort] = []
    for (_, value) in wanted where !ports.contains(where: { $0.name == value }) {
      ports.append(GraphPort(value, facts[value]!.type))
    }
    graph.outputs = ports
    graph = try features.isEmpty ? Network(graph: graph).graph : DeadNodeElimination().apply(to: graph)
    program = try Program(
      graph: graph, batch: batchSize, parameters: ParameterMemory(graph: graph), engine: engine,
      options: ProgramOptions(fusesInference: features.isEmpty, precision: precision))
    names = wanted.map { (key: $0.key, output: $0.value) }
    shapes = try Dictionary(uniqueKeysWithValues: wanted.map { ($0.key, try facts[$0.value]!.knownShape()) })
  }

  /// Runs the teacher.
  public func values(for batch: Batch) throws -> [String: Tensor] {
    let outputs = try program.run(batch.inputs)
    return Dictionary(uniqueKeysWithValues: names.map { ($0.key, outputs[$0.output]!) })
  }
}

extension Graph {
  /// The network with its only input under another name.
  func renamingInput(to name: String) throws -> Graph {
    let old = inputs[0].name
    guard old != name else { return self }
    guard !allNames().contains(name) else {
      throw PareError(.usage, "the teacher cannot read \"\(name)\": it uses that name inside")
    }
    var graph = self
    graph.inputs[0].name = name
    for index in graph.nodes.indices {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0 == old ? name : $0 }
    }
    return graph
  }
}
