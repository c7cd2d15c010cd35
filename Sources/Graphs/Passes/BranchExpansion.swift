import Tensors

/// Gives the convolutions of a plain network the branches of RepVGG for training; `BranchMerging` takes them away again.
///
/// A convolution of an odd square window of at least 3x3, padded by half of it, becomes the sum of itself, a 1x1
/// convolution and, where both ends are alike, the identity, each with a batch normalisation. (Ding et al. 2021,
/// "RepVGG", figure 2.) The 1x1 weights are drawn by He's rule, the large kernel loses what the other branches add, and the
/// bias becomes the shift of its normalisation: the network computes what it did before, up to rounding.
///
/// The normalisations' statistics are neutral, mean 0 and variance 1, since no data is seen. A training step normalises
/// by those of its batch, so that the network's function is a start and not a memory: train as from a good
/// initialisation. Convolutions with a normalisation behind them are left alone; fold these first.
public struct BranchExpansion: GraphPass {
  /// The seed of the 1x1 weights.
  public var seed: UInt64
  /// The normalisations' epsilon.
  public var epsilon: Double

  /// Makes the pass.
  public init(seed: UInt64 = 0, epsilon: Double = 1e-5) {
    self.seed = seed
    self.epsilon = epsilon
  }

  /// The network with branches.
  public func apply(to graph: Graph) throws -> Graph {
    let (consumers, facts) = (graph.consumers(), try graph.facts())
    var patch = GraphPatch()
    var names = graph.allNames()
    for node in graph.nodes {
      let readers = consumers[node.outputs[0]] ?? []
      guard let convolution = node.op as? Convolution, Self.isPlain(convolution),
        !readers.contains(where: { graph.nodes[$0].op is BatchNormalization }), consumers[node.inputs[1]]?.count == 1,
        let weights = graph.parameters[node.inputs[1]]?.tensor, weights.dataType == .float32,
        let channels = facts[node.inputs[0]]?.type.shape?[1].fixedExtent
      else { continue }
      let biasName = node.inputs.count > 2 ? node.inputs[2] : ""
      guard biasName.isEmpty || graph.parameters[biasName] != nil else { continue }
      let hasIdentity = channels == weights.shape[0] && convolution.window.strides == [1, 1]
      var expansion = Expansion(node: node, epsilon: epsilon, names: names)
      let pointWeights = HeInitializer(seed: seed).weights(
        [weights.shape[0], weights.shape[1], 1, 1], name: "\(node.name).point.weight")
      expansion.add(
        weights: remainder(of: weights, without: pointWeights, hasIdentity: hasIdentity),
        bias: graph.parameters[biasName]?.tensor, convolution: convolution, into: &patch)
      expansion.add(point: pointWeights, convolution: convolution, into: &patch)
      if hasIdentity { expansion.addIdentity(channels: channels, into: &patch) }
      patch.replaceNode(node.name, with: expansion.finished())
      names = expansion.names
    }
    return patch.isEmpty ? graph : try patch.applied(to: graph)
  }

  /// An odd square window of at least 3x3, padded by half of it on every side.
  private static func isPlain(_ convolution: Convolution) -> Bool {
    let window = convolution.window
    guard window.rank == 2, window.kernel[0] == window.kernel[1], window.kernel[0] % 2 == 1, window.kernel[0] > 1,
      window.dilations == [1, 1], window.autoPad == .explicit
    else { return false }
    return window.pads.allSatisfy { $0 == window.kernel[0] / 2 }
  }

  /// The kernel that is left to the large convolution: w / a - p - 1, where a is the factor of a neutral normalisation.
  private func remainder(of weights: Tensor, without point: Tensor, hasIdentity: Bool) -> Tensor {
    let shape = weights.shape
    let (kernel, inputs) = (shape[2] * shape[3], shape[1])
    let points = point.doubles
    var values = weights.doubles.map { $0 * (1 + epsilon).squareRoot() }
    for plane in points.indices {
      let isOwn = hasIdentity && plane % inputs == plane / inputs % inputs
      values[plane * kernel + kernel / 2] -= points[plane] + (isOwn ? 1 : 0)
    }
    return Tensor(doubles: values, shape: shape, dataType: weights.dataType)
  }
}

/// The nodes that take the place of one convolution.
private struct Expansion {
  private let node: Node
  private let epsilon: Double
  private(set) var names: Set<String>
  private var nodes: [Node] = []
  private var branches: [String] = []

  init(node: Node, epsilon: Double, names: Set<String>) {
    (self.node, self.epsilon, self.names) = (node, epsilon, names)
  }

  /// The large convolution, with the bias behind its normalisation.
  mutating func add(weights: Tensor, bias: Tensor?, convolution: Convolution, into patch: inout GraphPatch) {
    let output = names.insertFresh("\(node.name).dense.out")
    patch.setParameter(node.inputs[1], .dense(weights))
    nodes.append(
      Node(name: node.name, op: convolution, inputs: Array(node.inputs.prefix(2)), outputs: [output]))
    normalize(output, "dense", channels: weights.shape[0], shift: bias, into: &patch)
  }

  /// The 1x1 convolution.
  mutating func add(point weights: Tensor, convolution: Convolution, into patch: inout GraphPatch) {
    let (name, output) = (names.insertFresh("\(node.name).point"), names.insertFresh("\(node.name).point.out"))
    let parameter = names.insertFresh("\(node.name).point.weight")
    patch.setParameter(parameter, .dense(weights))
    let window = SpatialWindow(kernel: [1, 1], strides: convolution.window.strides)
    nodes.append(
      Node(
        name: name, op: Convolution(window: window, groups: convolution.groups),
        inputs: [node.inputs[0], parameter], outputs: [output]))
    normalize(output, "point", channels: weights.shape[0], shift: nil, into: &patch)
  }

  /// The value itself.
  mutating func addIdentity(channels: Int, into patch: inout GraphPatch) {
    normalize(node.inputs[0], "identity", channels: channels, shift: nil, into: &patch)
  }

  /// The nodes with the sum of all branches at the end.
  mutating func finished() -> [Node] {
    var sum = branches[0]
    for (index, branch) in branches.enumerated().dropFirst() {
      let isLast = index == branches.count - 1
      let output = isLast ? node.outputs[0] : names.insertFresh("\(node.name).sum.out")
      nodes.append(
        Node(name: names.insertFresh("\(node.name).sum"), op: Add(), inputs: [sum, branch], outputs: [output]))
      sum = output
    }
    return nodes
  }

  private mutating func normalize(
    _ value: String, _ branch: String, channels: Int, shift: Tensor?, into patch: inout GraphPatch
  ) {
    let ones = Tensor(repeating: Float(1), shape: [channels])
    let zeros = Tensor(zeros: [channels])
    let name = names.insertFresh("\(node.name).\(branch).bn")
    var inputs = [value]
    for (part, tensor) in [
      ("weight", ones), ("bias", shift ?? zeros), ("running_mean", zeros), ("running_var", ones),
    ] {
      let parameter = names.insertFresh("\(name).\(part)")
      patch.setParameter(parameter, .dense(tensor))
      inputs.append(parameter)
    }
    let output = names.insertFresh("\(name).out")
    nodes.append(Node(name: name, op: BatchNormalization(epsilon: epsilon), inputs: inputs, outputs: [output]))
    branches.append(output)
  }
}
