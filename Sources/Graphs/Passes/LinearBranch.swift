import Tensors

/// A linear path from a value to a sum: a convolution, a normalisation, one behind the other, or nothing.
///
/// With the path's scale s and shift b for each output channel it computes s * (w applied to the source) + b, where w is
/// the identity if there is no convolution.
struct LinearBranch {
  /// The value that is summed.
  let leaf: String
  /// The value that the path begins at.
  let source: String
  /// The nodes on the path, which nothing else reads from.
  let nodes: [Node]
  /// How the convolution moves, its padding worked out; nil without one.
  let window: SpatialWindow?
  /// The convolution's groups.
  let groups: Int
  /// The convolution's weights.
  let weights: Tensor?
  /// The factor of each output channel.
  let scale: [Double]
  /// What is added to each output channel.
  let shift: [Double]

  /// Follows a summed value back; nil where it is no image of known channels.
  init?(leaf: String, in scene: BranchMerging.Scene) {
    guard let channels = scene.facts[leaf]?.type.shape.flatMap({ $0.rank == 4 ? $0[1].fixedExtent : nil }) else {
      return nil
    }
    self.leaf = leaf
    var value = leaf
    var nodes: [Node] = []
    var scale = [Double](repeating: 1, count: channels)
    var shift = [Double](repeating: 0, count: channels)
    if let node = scene.ownProducer(of: value), let normalization = node.op as? BatchNormalization {
      let statistics = node.inputs[1...4].compactMap { scene.graph.parameters[$0]?.tensor.doubles }
      if statistics.count == 4 {
        scale = zip(statistics[0], statistics[3]).map { $0 / ($1 + normalization.epsilon).squareRoot() }
        shift = scale.indices.map { statistics[1][$0] - scale[$0] * statistics[2][$0] }
        nodes.append(node)
        value = node.inputs[0]
      }
    }
    if let node = scene.ownProducer(of: value), let convolution = node.op as? Convolution,
      let weights = scene.graph.parameters[node.inputs[1]]?.tensor, weights.dataType.isFloat, weights.shape.rank == 4,
      let size = scene.facts[node.inputs[0]]?.type.shape?.dimensions[2...].compactMap(\.fixedExtent), size.count == 2,
      let bias = Self.bias(of: node, outputs: channels, in: scene.graph)
    {
      shift = shift.indices.map { shift[$0] + scale[$0] * bias[$0] }
      nodes.append(node)
      var window = convolution.window
      window.pads = window.resolvedPads(input: size)
      window.autoPad = .explicit
      (self.window, groups, self.weights) = (window, convolution.groups, weights)
      value = node.inputs[0]
    } else {
      (window, groups, weights) = (nil, 1, nil)
    }
    (source, self.nodes, self.scale, self.shift) = (value, nodes, scale, shift)
  }

  private static func bias(of node: Node, outputs: Int, in graph: Graph) -> [Double]? {
    guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return [Double](repeating: 0, count: outputs) }
    return graph.parameters[node.inputs[2]]?.tensor.doubles
  }

  /// Whether the branch can become part of a convolution with this window over so many channels in and out.
  func fits(into frame: SpatialWindow, groups: Int, inputs: Int) -> Bool {
    guard let window else { return frame.strides == [1, 1] && inputs == scale.count && offset(in: frame) != nil }
    return window.strides == frame.strides && window.dilations == [1, 1] && self.groups == groups
      && offset(in: frame) != nil
  }

  /// The place of the branch's window in a larger one: tap t of a window padded by p reads what tap t - p + P of one
  /// padded by P reads, whatever the stride. Nil where it sticks out.
  private func offset(in frame: SpatialWindow) -> (row: Int, column: Int)? {
    let (kernel, pads) = (window?.kernel ?? [1, 1], window?.pads ?? [0, 0, 0, 0])
    let offsets = (0..<2).map { frame.pads[$0] - pads[$0] }
    let isInside = (0..<2).allSatisfy { offsets[$0] >= 0 && offsets[$0] + kernel[$0] <= frame.kernel[$0] }
    return isInside ? (offsets[0], offsets[1]) : nil
  }

  /// Adds the branch's scaled weights to those of a convolution with this window: outputs x inputs a group x kernel.
  func add(to merged: inout [Double], frame: SpatialWindow, inputsPerGroup: Int) {
    let (row, column) = offset(in: frame)!
    let (height, width) = (frame.kernel[0], frame.kernel[1])
    guard let weights, let window else {
      // The identity: each output reads the channel of its own number.
      for output in scale.indices {
        let input = output % inputsPerGroup
        merged[((output * inputsPerGroup + input) * height + row) * width + column] += scale[output]
      }
      return
    }
    let values = weights.doubles
    let (ownHeight, ownWidth) = (window.kernel[0], window.kernel[1])
    for output in scale.indices {
      for input in 0..<inputsPerGroup {
        let plane = output * inputsPerGroup + input
        for y in 0..<ownHeight {
          for x in 0..<ownWidth {
            merged[(plane * height + row + y) * width + column + x] +=
              scale[output] * values[(plane * ownHeight + y) * ownWidth + x]
          }
        }
      }
    }
  }
}
