import Tensors

/// An operator whose weights and bias can take up a scale and a shift of its output channels.
public protocol AffineAbsorbing: Operator {
  /// Weights (input 1) and bias (input 2) with which the output is `scale` times the old output plus `shift`, per
  /// channel; nil where the operator's form does not allow it.
  func absorbing(scale: [Double], shift: [Double], weights: Tensor, bias: Tensor?) -> (weights: Tensor, bias: Tensor)?
}

extension AffineAbsorbing {
  fileprivate func absorbing(
    scale: [Double], shift: [Double], weights: Tensor, outputAxis: Int, bias: Tensor?
  ) -> (weights: Tensor, bias: Tensor)? {
    let outputs = weights.shape[outputAxis]
    guard scale.count == outputs, bias.map({ $0.shape == [outputs] }) ?? true else { return nil }
    let inner = weights.shape.dimensions[(outputAxis + 1)...].reduce(1, *)
    let scaled = weights.doubles.enumerated().map { $1 * scale[$0 / inner % outputs] }
    let old = bias?.doubles ?? [Double](repeating: 0, count: outputs)
    let shifted = (0..<outputs).map { old[$0] * scale[$0] + shift[$0] }
    return (
      Tensor(doubles: scaled, shape: weights.shape, dataType: weights.dataType),
      Tensor(doubles: shifted, shape: [outputs], dataType: weights.dataType)
    )
  }
}

extension Convolution: AffineAbsorbing {
  /// w'[o] = scale[o] * w[o], b'[o] = scale[o] * b[o] + shift[o].
  public func absorbing(
    scale: [Double], shift: [Double], weights: Tensor, bias: Tensor?
  ) -> (weights: Tensor, bias: Tensor)? {
    absorbing(scale: scale, shift: shift, weights: weights, outputAxis: 0, bias: bias)
  }
}

extension Gemm: AffineAbsorbing {
  /// As a convolution's, along the weights' axis of outputs; only where beta is 1 and the bias is one per output.
  public func absorbing(
    scale: [Double], shift: [Double], weights: Tensor, bias: Tensor?
  ) -> (weights: Tensor, bias: Tensor)? {
    guard beta == 1 else { return nil }
    return absorbing(scale: scale, shift: shift, weights: weights, outputAxis: transposeB ? 0 : 1, bias: bias)
  }
}

/// Folds batch normalisation into the convolution or dense layer in front of it, where nothing else reads what lies
/// between: with s = gamma / sqrt(variance + epsilon), w' = s * w and b' = s * (b - mean) + beta, in double precision and
/// rounded once.
public struct BatchNormalizationFolding: GraphPass {
  /// Makes the pass.
  public init() {}

  /// The network with folded normalisations.
  public func apply(to graph: Graph) throws -> Graph {
    let (producers, consumers) = (graph.producers(), graph.consumers())
    var patch = GraphPatch()
    var used = Set<String>()
    for node in graph.nodes {
      guard let normalization = node.op as? BatchNormalization, let between = node.inputs.first,
        consumers[between]?.count == 1, !graph.isOutput(between), let producer = producers[between]
      else { continue }
      let layer = graph.nodes[producer]
      let statistics = node.inputs[1...4].compactMap { graph.parameters[$0]?.tensor.doubles }
      let biasName = layer.inputs.count > 2 ? layer.inputs[2] : ""
      guard let op = layer.op as? any AffineAbsorbing, statistics.count == 4,
        // Behind an unknown operator nobody has compared them with the channels.
        Set(statistics.map(\.count)).count == 1,
        let weights = graph.parameters[layer.inputs[1]]?.tensor, weights.dataType.isFloat,
        biasName.isEmpty || graph.parameters[biasName] != nil
      else { continue }
      let scale = zip(statistics[0], statistics[3]).map { $0 / ($1 + normalization.epsilon).squareRoot() }
      let shift = scale.indices.map { statistics[1][$0] - scale[$0] * statistics[2][$0] }
      let bias = graph.parameters[biasName]?.tensor
      guard let folded = op.absorbing(scale: scale, shift: shift, weights: weights, bias: bias) else { continue }
      // Weights that other nodes read, too, are left alone.
      func name(for old: String, stem: String) -> String {
        let isOwn = !old.isEmpty && consumers[old]?.count == 1 && !graph.isOutput(old)
        let name = isOwn ? old : graph.freshName(stem, besides: used)
        used.insert(name)
        return name
      }
      let weightName = name(for: layer.inputs[1], stem: "\(layer.name).weight")
      let newBiasName = name(for: biasName, stem: "\(layer.name).bias")
      patch.setParameter(weightName, .dense(folded.weights))
      patch.setParameter(newBiasName, .dense(folded.bias))
      var merged = layer
      merged.inputs = [layer.inputs[0], weightName, newBiasName]
      merged.outputs = [node.outputs[0]]
      patch.replaceNode(layer.name, with: [merged])
      patch.replaceNode(node.name, with: [])
    }
    return patch.isEmpty ? graph : try patch.applied(to: graph)
  }
}
