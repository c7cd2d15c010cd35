import Graphs
import Tensors
import Testing

@testable import Quantization

@Suite struct StructureTests {
  private func producer(_ value: String, _ graph: Graph) -> Node? {
    graph.producers()[value].map { graph.nodes[$0] }
  }

  private func type(of value: String, _ graph: Graph) throws -> DataType? { try graph.facts()[value]?.type.dataType }

  /// The scale with which a value was dequantized.
  private func scale(of value: String, _ graph: Graph) throws -> Float {
    let node = try #require(producer(value, graph))
    #expect(node.op is DequantizeLinear)
    return try #require(graph.parameters[node.inputs[1]]).tensor.floats[0]
  }

  @Test(arguments: ["residual", "depthwise", "concatenation"]) func layersReadIntegersOnly(_ network: String) throws {
    let graph = try Networks.quantized(Networks.named(network)).model.graph
    for node in graph.nodes where node.op is any WeightQuantizable {
      let input = try #require(producer(node.inputs[0], graph))
      #expect(input.op is DequantizeLinear)
      let weights = try #require(producer(node.inputs[1], graph))
      #expect(weights.op is DequantizeLinear)
      #expect(graph.parameters[weights.inputs[0]]?.dataType == .int8)
      let scales = try #require(graph.parameters[weights.inputs[1]]).tensor.floats
      #expect(scales.count == graph.parameters[weights.inputs[0]]?.shape[0])
      let bias = try #require(producer(node.inputs[2], graph))
      #expect(graph.parameters[bias.inputs[0]]?.dataType == .int32)
      let inputScale = try scale(of: node.inputs[0], graph)
      #expect(graph.parameters[bias.inputs[1]]?.tensor.floats == scales.map { $0 * inputScale })
    }
    // No weights are quantized at run time, and every zero point is 0.
    for node in graph.nodes where node.op is QuantizeLinear {
      #expect(graph.parameters[node.inputs[0]] == nil)
      #expect(graph.parameters[node.inputs[2]]?.tensor.integers == [0])
    }
  }

  @Test func residualBlock() throws {
    let graph = try Networks.quantized(Networks.residual()).model.graph
    let sum = try #require(graph.nodes.first { $0.op is Add })
    let operands = sum.inputs.compactMap { producer($0, graph) }
    #expect(operands.allSatisfy { $0.op is DequantizeLinear })
    // The branch may be negative, the shortcut comes from a Relu.
    #expect(try operands.map { try type(of: $0.inputs[0], graph) } == [.int8, .uint8])
    // Nothing stands between a layer and its Relu.
    for node in graph.nodes where node.op is Relu {
      #expect(producer(node.inputs[0], graph)?.op is QuantizeLinear == false)
      #expect(producer(node.inputs[0], graph)?.op is DequantizeLinear == false)
      let readers = graph.consumers()[node.outputs[0]] ?? []
      #expect(readers.count == 1 && graph.nodes[readers[0]].op is QuantizeLinear)
    }
  }

  @Test func depthwiseBlock() throws {
    let graph = try Networks.quantized(Networks.depthwise()).model.graph
    for node in graph.nodes where node.op is Clip {
      let reader = try #require(graph.consumers()[node.outputs[0]]?.first)
      #expect(graph.nodes[reader].op is QuantizeLinear)
      #expect(try type(of: graph.nodes[reader].outputs[0], graph) == .uint8)
    }
    // What is not followed by an activation keeps its sign.
    let pool = try #require(graph.nodes.first { $0.op is GlobalAveragePool })
    #expect(try type(of: #require(producer(pool.inputs[0], graph)).inputs[0], graph) == .int8)
  }

  /// Both factors of a gate are rounded; a function of one value is not rounded between its parts.
  @Test func gatesAreRoundedAndSwishesAreNot() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 3, height: 8, width: 8)
    let h = try builder.convolution(x, outputs: 8, kernel: 3, initializer: HeInitializer(seed: 1))
    let swish = try builder.product(h, builder.add(Sigmoid(), h))
    let squeezed = try builder.globalAveragePool(swish)
    let gate = try builder.add(
      HardSigmoid(), builder.convolution(squeezed, outputs: 8, kernel: 1, initializer: HeInitializer(seed: 2)))
    let gated = try builder.product(swish, gate)
    try builder.output(
      builder.convolution(gated, outputs: 4, kernel: 3, initializer: HeInitializer(seed: 3)), as: "logits")
    let graph = try Networks.quantized(builder.build()).model.graph
    let products = graph.nodes.filter { $0.op is Mul }
    #expect(products.count == 2)
    #expect(producer(products[0].inputs[1], graph)?.op is Sigmoid)
    let factors = products[1].inputs.compactMap { producer($0, graph) }
    #expect(factors.count == 2 && factors.allSatisfy { $0.op is DequantizeLinear })
    #expect(try factors.map { try type(of: $0.inputs[0], graph) } == [.int8, .uint8])
    let reader = try #require(graph.consumers()[products[1].outputs[0]]?.first)
    #expect(graph.nodes[reader].op is QuantizeLinear)
  }

  @Test func concatenatedValuesShareAScale() throws {
    let graph = try Networks.quantized(Networks.concatenation()).model.graph
    let concat = try #require(graph.nodes.first { $0.op is Concat })
    #expect(try type(of: concat.outputs[0], graph) == .uint8)
    let scales = concat.inputs.compactMap { producer($0, graph) }.map { $0.inputs[1] }
    #expect(scales.count == 2 && scales[0] == scales[1])
  }

  @Test func movedValuesAreNotRoundedAgain() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 3, height: 8, width: 8)
    let h = try builder.relu(builder.convolution(x, outputs: 8, kernel: 3, initializer: HeInitializer(seed: 1)))
    let padded = try builder.add(Pad(before: [0, 2, 0, 0], after: [0, 2, 0, 0]), h)
    let pooled = try builder.add(MaxPool(window: SpatialWindow(kernel: [2, 2], strides: [2, 2])), padded)
    let y = try builder.convolution(pooled, outputs: 4, kernel: 3, initializer: HeInitializer(seed: 2))
    try builder.output(y, as: "logits")
    let graph = try Networks.quantized(builder.build()).model.graph
    #expect(graph.nodes.filter { $0.op is QuantizeLinear }.count == 2)
    for node in graph.nodes where node.op is Pad || node.op is MaxPool {
      #expect(try type(of: node.outputs[0], graph) == .uint8)
    }
  }

  @Test func sharedWeightsAreStoredOnce() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 4, height: 8, width: 8)
    let h = try builder.relu(builder.convolution(x, outputs: 4, kernel: 3, initializer: HeInitializer(seed: 1)))
    try builder.output(builder.relu(h), as: "logits")
    var graph = try builder.build()
    let layer = try #require(graph.nodes.first { $0.op is Convolution })
    let bias = layer.inputs.count > 2 ? [layer.inputs[2]] : []
    graph.nodes.append(
      Node(name: "again", op: layer.op, inputs: ["logits", layer.inputs[1]] + bias, outputs: ["second"]))
    graph.outputs.append(GraphPort("second", graph.outputs[0].type))
    let samples = Tensor(repeating: Float(0.5), shape: [4, 4, 8, 8])
    let quantized = try Networks.quantized(
      graph, QuantizationConfiguration(correctsBias: false), samples: samples
    ).model.graph
    #expect(quantized.parameters.values.filter { $0.dataType == .int8 && $0.shape.rank == 4 }.count == 1)
  }
}
