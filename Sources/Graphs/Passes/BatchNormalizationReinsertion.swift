import Tensors

/// Gives a network that came with folded batch normalisation its normalisations back, so that it trains well again.
///
/// Behind each convolution with a bias b stands afterwards a normalisation whose statistics are those of data. With mean
/// m and variance v of the convolution's output y (bias included) and a scale a for its weights, running mean =
/// a * (m - b), running variance = a * a * v, gamma = sqrt(a * a * v + epsilon) / a, beta = m; the convolution loses its
/// bias. Then gamma * (a * (y - b) - a * (m - b)) / sqrt(a * a * v + epsilon) + m = y: the function stays, and
/// `BatchNormalizationFolding` restores the convolution.
///
/// The scale, one for each convolution, brings the root mean square of its filters' norms to sqrt(2), which is what
/// initialisation after He et al. (2015) gives. Behind weights of norm |w| a normalisation lets a learning rate act as
/// rate / |w|^2 (van Laarhoven 2017, "L2 regularization versus batch and weight normalization"), and folding has
/// multiplied the filters by gamma / deviation, often by a third: without the scale usual rates are some ten times too
/// high. One scale for all filters of a layer leaves their ranking to pruning criteria.
public struct BatchNormalizationReinsertion: GraphPass {
  /// Mean and variance of every output channel of the convolutions, by node name.
  public var statistics: [String: (mean: [Double], variance: [Double])]
  /// The normalisations' epsilon.
  public var epsilon: Double
  /// The normalisations' momentum (ONNX's convention).
  public var momentum: Double

  /// Makes the pass from statistics of the values that `convolutionsToNormalize(in:)` names.
  public init(
    statistics: [String: (mean: [Double], variance: [Double])], epsilon: Double = 1e-5, momentum: Double = 0.9
  ) {
    self.statistics = statistics
    self.epsilon = epsilon
    self.momentum = momentum
  }

  /// The convolutions that have float weights and a bias of their own and are not normalised already, with the value
  /// whose statistics are wanted: the output as it is, bias included.
  public static func convolutionsToNormalize(in graph: Graph) -> [(node: String, value: String)] {
    let consumers = graph.consumers()
    return graph.nodes.compactMap { node in
      guard node.op is Convolution, node.inputs.count > 2, let bias = graph.parameters[node.inputs[2]],
        bias.dataType.isFloat, graph.parameters[node.inputs[1]]?.dataType.isFloat == true
      else { return nil }
      let isNormalized = consumers[node.outputs[0]]?.contains { graph.nodes[$0].op is BatchNormalization } ?? false
      return isNormalized ? nil : (node.name, node.outputs[0])
    }
  }

  /// The network with normalisations behind the convolutions for which there are statistics.
  /// - Throws: `PareError.usage` for statistics of the wrong length.
  public func apply(to graph: Graph) throws -> Graph {
    var patch = GraphPatch()
    var used = Set<String>()
    for (name, value) in Self.convolutionsToNormalize(in: graph) {
      guard let measured = statistics[name], var node = graph.nodes.first(where: { $0.name == name }),
        let bias = graph.parameters[node.inputs[2]]?.tensor.doubles
      else { continue }
      guard measured.mean.count == bias.count, measured.variance.count == bias.count else {
        throw PareError(
          .usage, "\(measured.mean.count) means for \(bias.count) channels", context: ["node": name])
      }
      func fresh(_ stem: String) -> String {
        let fresh = graph.freshName(stem, besides: used)
        used.insert(fresh)
        return fresh
      }
      let factor = Self.weightScale(of: node, in: graph)
      if factor != 1, let weights = graph.parameters[node.inputs[1]]?.tensor {
        patch.setParameter(node.inputs[1], .dense(weights.mapElements { $0 * factor }))
      }
      let variance = measured.variance.map { Float(max($0, 0) * factor * factor) }
      let scale = variance.map { Float((Double($0) + epsilon).squareRoot() / factor) }
      let mean = zip(measured.mean, bias).map { Float(($0 - $1) * factor) }
      // Made from the rounded mean, so that the bias comes back when the normalisation is folded again.
      let shift = zip(mean, bias).map { Float(Double($0) / factor + $1) }
      let parameters = [("scale", scale), ("shift", shift), ("mean", mean), ("variance", variance)].map {
        part, values in
        let parameter = fresh("\(name).bn.\(part)")
        patch.setParameter(parameter, .dense(Tensor(values)))
        return parameter
      }
      let between = fresh("\(value).unnormalized")
      node.inputs = Array(node.inputs.prefix(2))
      node.outputs = [between]
      let normalization = Node(
        name: fresh("\(name).bn"), op: BatchNormalization(epsilon: epsilon, momentum: momentum),
        inputs: [between] + parameters, outputs: [value])
      patch.replaceNode(name, with: [node, normalization])
    }
    return patch.isEmpty ? graph : try patch.applied(to: graph)
  }

  /// What the weights of a convolution are multiplied by; 1 where something else reads them too, or all are 0.
  private static func weightScale(of node: Node, in graph: Graph) -> Double {
    let readers = graph.nodes.reduce(0) { count, other in count + other.inputs.filter { $0 == node.inputs[1] }.count }
    guard readers == 1, let weights = graph.parameters[node.inputs[1]]?.tensor, weights.shape[0] > 0 else { return 1 }
    let squares = weights.doubles.reduce(0) { $0 + $1 * $1 }
    let factor = (2 * Double(weights.shape[0]) / squares).squareRoot()
    return factor.isFinite && factor > 0 ? factor : 1
  }
}
