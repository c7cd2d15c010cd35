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
  /// Runs of a layer, the fastest of which counts: what other processes take away is not the layer's.
  public var runs = 20
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
    guard inputs.count == 2 else { return 0 }
    let macs = op.macs(inputs: inputs, outputs: outputs)
    guard macs > 0 else { return 0 }
    if let model { return model(op, inputs, outputs) }
    var op = op
    // Where a depthwise convolution loses channels it loses groups.
    if var convolution = op as? Convolution {
      convolution.groups = inputs[0][1] / inputs[1][1]
      op = convolution
    } else if var convolution = op as? TransposedConvolution {
      convolution.groups = outputs[0][1] / inputs[1][1]
      op = convolution
    }
    let key = "\(op) \(inputs) \(weighs)"
    if let known = known[key] { return known }
    let measured = (try? measure(op, inputs, weighs)) ?? (macs + 9) / 10
    known[key] = measured
    return measured
  }

  /// Nanoseconds of all layers of a graph.
  /// - Throws: what shape inference throws.
  public func total(of graph: Graph) throws -> Int {
    let shapes = try graph.shapes(batch: 1)
    return graph.nodes.reduce(0) { sum, node in
      let (inputs, outputs) = (node.inputs.prefix(2).compactMap { shapes[$0] }, node.outputs.compactMap { shapes[$0] })
      guard inputs.count == 2, outputs.count == node.outputs.count else { return sum }
      return sum
        + nanoseconds(
          of: node.op, inputs: inputs, weighs: graph.parameters[node.inputs[1]] != nil, outputs: outputs)
    }
  }

  private func measure(_ op: any Operator, _ inputs: [Shape], _ weighs: Bool) throws -> Int {
    let builder = GraphBuilder()
    var random = RandomSource(seed: 0)
    func operand(_ index: Int, _ name: String) -> Value {
      index == 1 && weighs
        ? builder.parameter(name, .normal(inputs[index], deviation: 0.1, from: &random))
        : builder.input(name, shape: ValueShape(inputs[index]))
    }
    try builder.output(builder.add(op, operand(0, "x"), operand(1, "w")), as: "y")
    let program = try Network(graph: builder.build()).makeSession(batch: 1, engine: engine).program
    try program.load(
      Dictionary(
        uniqueKeysWithValues: program.inputs.map { ($0.name, .uniform($0.shape, in: 0...1, from: &random)) }))
    let multiplying = program.layers.indices.filter { program.layers[$0].macs > 0 }
    _ = try program.timedRuns(3)
    let times = try (0..<max(runs, 1)).map { _ in
      let seconds = try program.timedRun()
      return multiplying.reduce(0) { $0 + seconds[$1] }
    }
    return Int((times.min()! * 1e9).rounded())
  }
}
