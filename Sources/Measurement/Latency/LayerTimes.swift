import Engine
import Graphs
import Tensors

/// How long layers that multiply take at batch 1 on this machine, each alone and for the shapes that a search thinks of.
///
/// Times fall in stairs: 9 to 16 channels fill one vector register, and a layer of few channels spends its time on other
/// things than multiplying. What a layer takes is measured once for each operator and shapes. (Yang et al. 2018,
/// "NetAdapt", section 3.3, look layers up in the same way.)
public final class LayerTimes {
  /// Where layers run.
  public let engine: Engine
  /// Runs of a layer at the least; the fastest counts: what other processes take away is not the layer's.
  public var runs = 20
  /// The seconds that they take together at the least.
  public var seconds = 0.002
  private var known: [String: Int] = [:]
  /// Gives nanoseconds in place of the clock; nil: the clock does.
  package var model: ((any Operator, _ inputs: [Shape], _ outputs: [Shape]) -> Int)?

  /// Knows no layer yet.
  public init(engine: Engine) { self.engine = engine }

  /// Nanoseconds of a layer; 0 for one that multiplies nothing. One that cannot be run alone counts a nanosecond for ten
  /// multiply-accumulates.
  ///
  /// - Parameters:
  ///   - inputs: the shapes of the two operands; what else there is, a bias, is left out.
  ///   - weighs: whether the second operand is a parameter.
  ///   - outputs: the shapes of what it gives.
  public func nanoseconds(of op: any Operator, inputs: [Shape], weighs: Bool, outputs: [Shape]) -> Int {
    guard let layer = Layer(op, inputs, weighs, outputs) else { return 0 }
    return time(of: layer)
  }

  /// Nanoseconds of all layers of a graph. Those that are not known yet are measured in three rounds: a slow moment of the
  /// machine should not make one of them look as if it were worth removing.
  /// - Throws: what shape inference throws.
  public func total(of graph: Graph) throws -> Int {
    let shapes = try graph.shapes(batch: 1)
    let layers = graph.nodes.compactMap { node -> Layer? in
      let (inputs, outputs) = (node.inputs.prefix(2).compactMap { shapes[$0] }, node.outputs.compactMap { shapes[$0] })
      guard inputs.count == 2, outputs.count == node.outputs.count else { return nil }
      return Layer(node.op, inputs, graph.parameters[node.inputs[1]] != nil, outputs)
    }
    let unknown = Dictionary(
      layers.filter { known[$0.key] == nil }.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    for _ in 0..<3 where model == nil {
      for (key, layer) in unknown.sorted(by: { $0.key < $1.key }) {
        known[key] = min(known[key] ?? .max, measured(layer))
      }
    }
    return layers.reduce(0) { $0 + time(of: $1) }
  }

  /// A layer that multiplies, at some shapes.
  private struct Layer {
    var op: any Operator
    var inputs: [Shape]
    var weighs: Bool
    var outputs: [Shape]
    var macs: Int
    /// What is measured once.
    var key: String { "\(op) \(inputs) \(weighs)" }

    /// nil where nothing is multiplied.
    init?(_ op: any Operator, _ inputs: [Shape], _ weighs: Bool, _ outputs: [Shape]) {
      guard inputs.count == 2 else { return nil }
      macs = op.macs(inputs: inputs, outputs: outputs)
      guard macs > 0 else { return nil }
      (self.op, self.inputs, self.weighs, self.outputs) = (op, inputs, weighs, outputs)
      // Where a depthwise convolution loses channels it loses groups.
      if var convolution = op as? Convolution {
        convolution.groups = inputs[0][1] / inputs[1][1]
        self.op = convolution
      } else if var convolution = op as? TransposedConvolution {
        convolution.groups = outputs[0][1] / inputs[1][1]
        self.op = convolution
      }
    }
  }

  private func time(of layer: Layer) -> Int {
    if let model { return model(layer.op, layer.inputs, layer.outputs) }
    let key = layer.key
    if let known = known[key] { return known }
    let measured = measured(layer)
    known[key] = measured
    return measured
  }

  private func measured(_ layer: Layer) -> Int { (try? clocked(layer)) ?? (layer.macs + 9) / 10 }

  private func clocked(_ layer: Layer) throws -> Int {
    let builder = GraphBuilder()
    var random = RandomSource(seed: 0)
    let x = builder.input("x", shape: ValueShape(layer.inputs[0]))
    let w =
      layer.weighs
      ? builder.parameter("w", .normal(layer.inputs[1], deviation: 0.1, from: &random))
      : builder.input("w", shape: ValueShape(layer.inputs[1]))
    try builder.output(builder.add(layer.op, x, w), as: "y")
    let program = try Network(graph: builder.build()).makeSession(batch: 1, engine: engine).program
    try program.load(
      Dictionary(
        uniqueKeysWithValues: program.inputs.map { ($0.name, .uniform($0.shape, in: 0...1, from: &random)) }))
    let multiplying = program.layers.indices.filter { program.layers[$0].macs > 0 }
    _ = try program.timedRuns(3)
    var (best, all, count) = (Double.infinity, 0.0, 0)
    while count < runs || all < seconds {
      let steps = try program.timedRun()
      let time = multiplying.reduce(0) { $0 + steps[$1] }
      (best, all, count) = (min(best, time), all + steps.reduce(0, +), count + 1)
    }
    return Int((best * 1e9).rounded())
  }
}
