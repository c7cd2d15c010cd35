import Graphs
import Tensors

/// Takes channels out of a network for good, and lets the layers behind them keep what the channels gave on average.
///
/// A channel that is removed may have carried more than nothing: behind a ReLU it has a positive mean, and where a
/// normalisation's scale is near 0 it is a constant. Each convolution or dense layer that read it loses
/// sum over removed c of w[o,c,k] * x_c; in its place sum over c of mean(x_c) * sum over k of w[o,c,k] goes into its
/// bias, or, where it has none and a batch normalisation follows, is taken off the running mean, which is the same. For
/// a channel that is constant nothing changes, but for positions where the kernel reaches over a zero-padded border:
/// there too much is added. (Compare "bias absorption": Nagel et al. 2019, section 4.1.3, and "beta is ignored" among the
/// complaints about network slimming.)
///
/// On a residual stream the mean is that of the value which the layer reads, behind all additions.
struct ChannelSurgery {
  /// The means to fold in; nil: channels leave nothing behind.
  var means: MeanActivations?

  /// The graph without the channels.
  /// - Throws: as `Graph.removing`.
  func removing(_ channels: [CoupledSet], from graph: Graph) throws -> Graph {
    guard !channels.isEmpty else { return graph }
    let smaller = try graph.removing(channels)
    guard let means else { return smaller }
    var removed: [Slot: Set<Int>] = [:]
    for member in channels.flatMap(\.members) { removed[member.slot, default: []].insert(member.index) }
    var result = smaller
    var readers = result.consumers()
    for layer in try graph.weightedLayers() {
      guard let shift = shift(of: layer, in: graph, removed: removed, means: means), shift.contains(where: { $0 != 0 })
      else { continue }
      try result.shiftOutputs(of: layer, by: shift, readers: &readers)
    }
    try result.validate()
    return result
  }

  /// What the removed inputs of a layer added to each output that is kept; nil where it lost no input.
  private func shift(
    of layer: WeightedLayer, in graph: Graph, removed: [Slot: Set<Int>], means: MeanActivations
  ) -> [Double]? {
    guard let input = layer.axes.input, let gone = removed[Slot(layer.weights, input)],
      let mean = means.means[layer.node.inputs[0]]
    else { return nil }
    let weights = graph.parameters[layer.weights]!.tensor
    let goneOutputs = removed[Slot(layer.weights, layer.axes.output)] ?? []
    let shape = weights.shape
    precondition(mean.count == shape[input], "\(mean.count) means for \(shape[input]) inputs of \(layer.node.name)")
    let kernel = shape.dimensions.dropFirst(2).reduce(1, *)
    let outputStep = shape.strides[layer.axes.output]
    let inputStep = shape.strides[input]
    return weights.withUnsafeFloats { values in
      (0..<shape[layer.axes.output]).filter { !goneOutputs.contains($0) }.map { output in
        layer.op.productFactor
          * gone.sorted().reduce(0) { sum, channel in
            let start = output * outputStep + channel * inputStep
            return sum + mean[channel] * values[start..<(start + kernel)].reduce(0) { $0 + Double($1) }
          }
      }
    }
  }
}

extension Tensor {
  /// Calls `body` with the values as floats.
  fileprivate func withUnsafeFloats<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
    if dataType == .float32 { return try withUnsafeBytes { try body($0.bindMemory(to: Float.self)) } }
    return try floats.withUnsafeBufferPointer(body)
  }
}
