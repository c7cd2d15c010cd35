import Graphs
import Tensors

/// Writes a network anew with integers where the plan says so.
struct IntegerRewriting {
  private var result: Graph
  private var nodes: [Node] = []
  private var names: Set<String>
  private var numbers: [String: Int] = [:]
  /// The integers of a value, and their scale.
  private var integers: [String: (name: String, scale: ActivationScale)] = [:]
  /// The floats that were made from integers again.
  private var dequantized: [String: String] = [:]
  private var scalars: [Float: String] = [:]
  private var zeroPoints: [DataType: String] = [:]
  private var weightZeroPoints: [Int: String] = [:]
  private var weights: [String: (value: String, scales: [Float])] = [:]
  private(set) var layers: [QuantizationReport.Layer] = []

  private let graph: Graph
  private let plan: QuantizationPlan
  private let scales: [String: ActivationScale]
  private let means: [String: ChannelMeans]
  private let configuration: QuantizationConfiguration
  private let consumers: [String: [Int]]

  /// Rewrites.
  /// - Throws: `PareError.badInput` where weights are not finite.
  init(
    _ graph: Graph, plan: QuantizationPlan, scales: [String: ActivationScale], means: [String: ChannelMeans],
    _ configuration: QuantizationConfiguration
  ) throws {
    self.graph = graph
    self.plan = plan
    self.scales = scales
    self.means = means
    self.configuration = configuration
    consumers = graph.consumers()
    result = graph
    names = graph.allNames()
    for input in graph.inputs { quantize(input.name) }
    for node in graph.nodes {
      if let moved = moved(node) {
        nodes.append(moved)
      } else if plan.layers.contains(node.name), let op = node.op as? any WeightQuantizable {
        try add(layer: node, op)
      } else {
        var node = node
        node.inputs = node.inputs.map { read($0) }
        nodes.append(node)
      }
      for output in node.outputs where integers[output] == nil { quantize(output) }
    }
    // Outputs of the network that exist only as integers so far.
    let made = Set(nodes.flatMap(\.outputs))
    for output in graph.outputs where !made.contains(output.name) { _ = read(output.name) }
    result.nodes = nodes
  }

  /// The network.
  /// - Throws: `PareError.internalFault` where the parts do not fit together.
  func finished() throws -> Graph {
    var graph = result
    graph.removeUnusedParameters()
    try graph.validate()
    let facts = try graph.facts()
    guard graph.outputs.allSatisfy({ facts[$0.name]?.type == $0.type }) else {
      throw PareError(.internalFault, "quantization has changed the type of an output")
    }
    return graph
  }

  /// The node on integers, where it only moves values of which there are integers of one scale.
  private mutating func moved(_ node: Node) -> Node? {
    guard let moved = node.movedInputs, let first = integers[moved[0]]?.scale,
      moved.allSatisfy({ integers[$0]?.scale == first })
    else { return nil }
    var copy = node
    let output = fresh("i")
    copy.inputs = node.inputs.enumerated().map { $0 < moved.count ? integers[$1]!.name : $1 }
    copy.outputs = [output]
    integers[node.outputs[0]] = (output, first)
    return copy
  }

  /// Adds a QuantizeLinear behind a value that the plan rounds.
  private mutating func quantize(_ value: String) {
    guard let scale = scales[value] else { return }
    let output = fresh("i")
    let inputs = [value, scalar(scale.scale), zeroPoint(scale.dataType)]
    // The type comes from the zero point; the attribute for it is younger than operator set 17.
    nodes.append(Node(name: fresh("Q"), op: QuantizeLinear(), inputs: inputs, outputs: [output]))
    integers[value] = (output, scale)
  }

  /// The name under which a value is read as floats: of the integers, where there are some.
  private mutating func read(_ value: String) -> String {
    guard let (name, scale) = integers[value] else { return value }
    if let made = dequantized[value] { return made }
    // A value that was only moved as integers has no floats of its own, so that the name is free.
    let isFree = scales[value] == nil
    let output = isFree ? value : fresh("f")
    let inputs = [name, scalar(scale.scale), zeroPoint(scale.dataType)]
    nodes.append(Node(name: fresh("D"), op: DequantizeLinear(), inputs: inputs, outputs: [output]))
    dequantized[value] = output
    return output
  }

  private mutating func add(layer node: Node, _ op: any WeightQuantizable) throws {
    guard let input = integers[node.inputs[0]]?.scale, let stored = graph.parameters[node.inputs[1]] else {
      throw PareError(.internalFault, "the input of layer \"\(node.name)\" was not rounded")
    }
    let biasName = node.inputs.count > 2 && !node.inputs[2].isEmpty ? node.inputs[2] : nil
    let quantized: QuantizedWeights
    do {
      quantized = try QuantizedWeights(
        op, weights: stored.tensor, bias: biasName.flatMap { graph.parameters[$0]?.tensor }, inputScale: input.scale,
        isPerChannel: configuration.usesChannelScales, means: means[node.inputs[0]]?.means)
    } catch let error as PareError {
      throw error.within("node", node.name)
    }
    var copy = node
    copy.inputs = [read(node.inputs[0]), addWeights(node.inputs[1], quantized, op)]
    if let bias = quantized.bias {
      let name = biasName.flatMap { isOwn($0) ? $0 : nil } ?? fresh("b")
      copy.inputs.append(addParameter(bias, name: name, scales: quantized.biasScales, axis: 0))
    }
    nodes.append(copy)
    layers.append(
      QuantizationReport.Layer(
        name: node.name, op: node.op.kind, bits: configuration.bits, inputRange: input.range,
        inputScale: Double(input.scale), weightSNR: quantized.signalToNoise))
  }

  /// Weights that several layers read are stored once, as long as their scales agree.
  private mutating func addWeights(_ name: String, _ quantized: QuantizedWeights, _ op: any WeightQuantizable) -> String
  {
    if let (value, scales) = weights[name], scales == quantized.scales { return value }
    let parameter = isOwn(name) ? name : fresh("w")
    let zeroPoint = op.wantsZeroPoints ? weightZeroPoint(count: quantized.scales.count) : nil
    let value = addParameter(
      quantized.integers, name: parameter, scales: quantized.scales, axis: op.outputAxis, zeroPoint: zeroPoint)
    weights[name] = (value, quantized.scales)
    return value
  }

  /// Adds an integer parameter with its DequantizeLinear; a zero point of 0 may be left out.
  private mutating func addParameter(
    _ tensor: Tensor, name: String, scales: [Float], axis: Int, zeroPoint: String? = nil
  ) -> String {
    result.parameters[name] = .dense(tensor)
    let scale: String
    if scales.count == 1 {
      scale = scalar(scales[0])
    } else {
      scale = fresh("s")
      result.parameters[scale] = .dense(Tensor(scales))
    }
    let output = fresh("p")
    // A single scale needs no axis; 1 is the default.
    let op = DequantizeLinear(axis: scales.count == 1 ? 1 : axis)
    nodes.append(
      Node(name: fresh("D"), op: op, inputs: [name, scale] + (zeroPoint.map { [$0] } ?? []), outputs: [output]))
    return output
  }

  /// The name of so many zeros of int8, stored once.
  private mutating func weightZeroPoint(count: Int) -> String {
    if count == 1 { return zeroPoint(.int8) }
    if let name = weightZeroPoints[count] { return name }
    let name = fresh("z")
    result.parameters[name] = .dense(Tensor(zeros: [count], dataType: .int8))
    weightZeroPoints[count] = name
    return name
  }

  private func isOwn(_ parameter: String) -> Bool {
    consumers[parameter]?.count == 1 && !graph.isOutput(parameter)
  }

  /// A scale as a parameter, stored once for all that are equal.
  private mutating func scalar(_ value: Float) -> String {
    if let name = scalars[value] { return name }
    let name = fresh("s")
    result.parameters[name] = .dense(Tensor(scalar: value))
    scalars[value] = name
    return name
  }

  private mutating func zeroPoint(_ type: DataType) -> String {
    if let name = zeroPoints[type] { return name }
    let name = fresh("z")
    result.parameters[name] = .dense(Tensor(zeros: [], dataType: type))
    zeroPoints[type] = name
    return name
  }

  /// A short name, since names are a good part of a small file.
  private mutating func fresh(_ stem: String) -> String {
    var number = numbers[stem, default: 0]
    while names.contains("\(stem)\(number)") { number += 1 }
    numbers[stem] = number + 1
    names.insert("\(stem)\(number)")
    return "\(stem)\(number)"
  }
}
