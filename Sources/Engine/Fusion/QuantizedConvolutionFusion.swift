import Graphs
import Tensors

/// Turns DequantizeLinear - Conv - (activation) - QuantizeLinear into one integer convolution.
///
/// Taken where activations have one scale and zero point 0, and weights are symmetric int8 parameters with one scale or
/// one per output channel: what Pare writes. Other forms stay as they are and run in float32, rounded in the same places.
struct QuantizedConvolutionFusion: GraphPass {
  func apply(to graph: Graph) throws -> Graph {
    let producers = graph.producers()
    let consumers = graph.consumers()
    var result = graph
    var replaced: [Int: Node] = [:]
    var removed = Set<Int>()

    func dequantizer(_ value: String) -> Node? {
      producers[value].map { graph.nodes[$0] }.flatMap { $0.op is DequantizeLinear ? $0 : nil }
    }
    func scales(_ node: Node) -> [Float]? {
      guard let scale = graph.parameters[node.inputs[1]]?.tensor, scale.floats.allSatisfy({ $0 > 0 && $0.isFinite })
      else { return nil }
      if node.inputs.count > 2, !node.inputs[2].isEmpty {
        guard let zero = graph.parameters[node.inputs[2]]?.tensor, zero.integers.allSatisfy({ $0 == 0 }) else {
          return nil
        }
      }
      return scale.floats
    }
    func onlyReader(_ value: String) -> Int? {
      guard !graph.isOutput(value), let readers = consumers[value], readers.count == 1 else { return nil }
      return readers[0]
    }

    for (index, node) in graph.nodes.enumerated() {
      guard let convolution = node.op as? Convolution, let input = dequantizer(node.inputs[0]),
        let inputScales = scales(input), inputScales.count == 1, graph.parameters[input.inputs[0]] == nil,
        let weight = dequantizer(node.inputs[1]), let weightScales = scales(weight),
        let integers = graph.parameters[weight.inputs[0]], integers.dataType == .int8,
        weightScales.count == 1
          || (weightScales.count == integers.shape[0] && (weight.op as? DequantizeLinear)?.grid.axis == 0)
      else { continue }
      var inputs = [input.inputs[0], weight.inputs[0]]
      if node.inputs.count > 2, !node.inputs[2].isEmpty {
        guard let bias = realBias(node.inputs[2], graph, dequantizer(node.inputs[2])) else { continue }
        let name = result.freshName("\(node.name).bias")
        result.parameters[name] = .dense(bias)
        inputs.append(name)
      }
      var fused = QuantizedConvolution(
        convolution: convolution, activation: .none, inputScale: inputScales[0], weightScales: weightScales, output: nil
      )
      var last = index
      if let next = onlyReader(node.outputs[0]), let activation = FusedActivation(graph.nodes[next].op) {
        fused.activation = activation
        removed.insert(index)
        last = next
      }
      if let next = onlyReader(graph.nodes[last].outputs[0]), let op = graph.nodes[next].op as? QuantizeLinear,
        let outputScale = scales(graph.nodes[next]), outputScale.count == 1,
        let type = try? op.outputTypes(for: facts(graph.nodes[next], graph))[0].dataType,
        type == .int8 || type == .uint8
      {
        fused.output = (outputScale[0], type)
        removed.insert(last)
        last = next
      }
      removed.remove(last)
      replaced[last] = Node(name: node.name, op: fused, inputs: inputs, outputs: graph.nodes[last].outputs)
    }
    for (index, node) in replaced { result.nodes[index] = node }
    result.nodes = result.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    return result
  }

  /// The bias in real units, from a float parameter or from integers and their scale.
  private func realBias(_ name: String, _ graph: Graph, _ dequantizer: Node?) -> Tensor? {
    if let parameter = graph.parameters[name], parameter.dataType == .float32 { return parameter.tensor }
    guard let dequantizer, let integers = graph.parameters[dequantizer.inputs[0]]?.tensor else { return nil }
    let inputs = dequantizer.inputs.map { graph.parameters[$0]?.tensor }
    guard inputs[0] != nil, inputs[1] != nil else { return nil }
    return try? dequantizer.op.evaluate(inputs, in: EvaluationContext(batch: 1))[0].reshaped(to: integers.shape)
  }

  private func facts(_ node: Node, _ graph: Graph) -> [InputFact?] {
    node.inputs.enumerated().map { index, name in
      if let parameter = graph.parameters[name] {
        return InputFact(ValueType(parameter.dataType, ValueShape(parameter.shape)), constant: parameter.tensor)
      }
      return index == 0 ? InputFact(ValueType(.float32, nil)) : nil
    }
  }
}

/// Dequantizes integer weights that float kernels will read, once instead of at every run.
struct QuantizedWeightFolding: GraphPass {
  func apply(to graph: Graph) throws -> Graph {
    var result = graph
    result.nodes = try graph.nodes.filter { node in
      guard node.op is DequantizeLinear, !graph.isOutput(node.outputs[0]) else { return true }
      let inputs = node.inputs.map { graph.parameters[$0]?.tensor }
      guard zip(node.inputs, inputs).allSatisfy({ $0.isEmpty || $1 != nil }) else { return true }
      result.parameters[node.outputs[0]] = .dense(try node.op.evaluate(inputs, in: EvaluationContext(batch: 1))[0])
      return false
    }
    return result
  }
}
