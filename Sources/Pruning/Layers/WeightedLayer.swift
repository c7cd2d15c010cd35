import Graphs
import Tensors

/// An operator that mixes channels by weights (its input 1): which axis of the weights is which.
protocol WeightedOperator: Operator {
  /// The axes for weights and a value of these shapes; nil for a form that has none.
  func weightAxes(value: Shape, weights: Shape) -> WeightAxes?
  /// What the product of weights and inputs is multiplied by.
  var productFactor: Double { get }
  /// What the bias (input 2) is multiplied by; 0 where there is no use in giving it one.
  var biasFactor: Double { get }
}

extension WeightedOperator {
  /// The product as it is.
  var productFactor: Double { 1 }
  /// The bias as it is.
  var biasFactor: Double { 1 }
}

/// The axes of a layer's weights.
struct WeightAxes: Equatable {
  /// The axis of the weights along which the outputs (filters) lie.
  var output: Int
  /// The axis of the weights along which the mixed inputs lie; nil where each output has a single input (depthwise).
  var input: Int?
  /// The axis of the value that is mixed.
  var value: Int
}

extension Convolution: WeightedOperator {
  func weightAxes(value: Shape, weights: Shape) -> WeightAxes? {
    WeightAxes(output: 0, input: groups == 1 ? 1 : nil, value: 1)
  }
}

extension TransposedConvolution: WeightedOperator {
  func weightAxes(value: Shape, weights: Shape) -> WeightAxes? {
    if groups == 1 { return WeightAxes(output: 1, input: 0, value: 1) }
    return weights[1] == 1 ? WeightAxes(output: 0, input: nil, value: 1) : nil
  }

  /// Each output position meets one of so many of the kernel's elements, so that this is the mean over positions.
  var productFactor: Double { 1 / Double(window.strides.reduce(1, *)) }
}

extension Gemm: WeightedOperator {
  func weightAxes(value: Shape, weights: Shape) -> WeightAxes? {
    transposeA ? nil : WeightAxes(output: transposeB ? 0 : 1, input: transposeB ? 1 : 0, value: 1)
  }

  var productFactor: Double { Double(alpha) }
  var biasFactor: Double { Double(beta) }
}

extension MatMul: WeightedOperator {
  func weightAxes(value: Shape, weights: Shape) -> WeightAxes? {
    weights.rank == 2 && value.rank >= 1 ? WeightAxes(output: 1, input: 0, value: value.rank - 1) : nil
  }

  var biasFactor: Double { 0 }
}

/// A convolution or dense layer whose weights are a parameter of the network.
struct WeightedLayer {
  /// The index of its node.
  let index: Int
  /// Its node.
  let node: Node
  /// Its operator.
  let op: any WeightedOperator
  /// The name of its weights.
  let weights: String
  /// The axes of its weights.
  let axes: WeightAxes
}

extension Graph {
  /// The convolutions and dense layers, in order. Weights that are computed (dequantized ones) are left out.
  /// - Throws: what shape inference throws.
  func weightedLayers() throws -> [WeightedLayer] {
    let shapes = try shapes(batch: 1)
    return nodes.enumerated().compactMap { index, node in
      guard let op = node.op as? any WeightedOperator, node.inputs.count > 1,
        let weights = parameters[node.inputs[1]], weights.dataType.isFloat, let value = shapes[node.inputs[0]],
        let axes = op.weightAxes(value: value, weights: weights.shape)
      else { return nil }
      return WeightedLayer(index: index, node: node, op: op, weights: node.inputs[1], axes: axes)
    }
  }
}

extension Graph {
  /// Checks that no layer's weights are stored as integers: criteria and surgery look at float weights.
  /// - Throws: `PareError.badInput` naming the first layer that is quantized.
  func requireFloatWeights() throws {
    let producers = producers()
    for node in nodes where node.op is any WeightedOperator && node.inputs.count > 1 {
      guard let maker = producers[node.inputs[1]], nodes[maker].op is DequantizeLinear else { continue }
      throw PareError(
        .badInput,
        "the network is quantized, and pruning looks at float weights; prune first and quantize what comes out",
        context: ["node": node.name])
    }
  }
}

extension [WeightedLayer] {
  /// The names of the weights of the layers that patterns fit, by the weights' name or the node's.
  /// - Throws: `PareError.usage` for a pattern that no layer fits.
  func weights(fitting patterns: [String]) throws -> Set<String> {
    var result: Set<String> = []
    for text in patterns {
      let pattern = NamePattern(text: text)
      let fitting = filter { pattern.matches($0.weights) || pattern.matches($0.node.name) }
      guard !fitting.isEmpty else {
        throw PareError(.usage, "no layer is called \"\(text)\"; `pare inspect` lists the names")
      }
      result.formUnion(fitting.map(\.weights))
    }
    return result
  }
}
