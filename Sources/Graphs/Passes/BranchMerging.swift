import Tensors

/// Replaces linear branches that are summed by one convolution: what RepVGG calls reparameterisation.
///
/// Convolutions, batch normalisations and the identity are linear, and so is their sum: a 3x3 convolution, a 1x1
/// convolution and the value itself, each with a normalisation, are one 3x3 convolution whose kernel is the sum of the
/// scaled kernels, smaller ones at their place in the larger, the identity as a kernel of ones in the middle. (Ding et al.
/// 2021, "RepVGG", section 3.3.) Branches count that begin at one value and have the same stride and groups; what else is
/// summed stays. Kernels are summed in double precision and rounded once.
public struct BranchMerging: GraphPass {
  /// A graph with what the pass looks up in it.
  struct Scene {
    let graph: Graph
    let producers: [String: Int]
    let consumers: [String: [Int]]
    let facts: [String: InputFact]

    /// The node that makes a value which is read in one place only and is no output.
    func ownProducer(of value: String) -> Node? {
      guard consumers[value]?.count == 1, !graph.isOutput(value), let index = producers[value] else { return nil }
      return graph.nodes[index]
    }

    /// The values that a tree of sums adds up, and the sums below the root.
    func leaves(of sum: Node) -> (values: [String], inner: [Node]) {
      var (values, inner): ([String], [Node]) = ([], [])
      for input in sum.inputs {
        if let node = ownProducer(of: input), node.op is Add {
          let (below, more) = leaves(of: node)
          values += below
          inner += [node] + more
        } else {
          values.append(input)
        }
      }
      return (values, inner)
    }
  }

  /// Makes the pass.
  public init() {}

  /// The network with merged branches.
  public func apply(to graph: Graph) throws -> Graph {
    let scene = Scene(
      graph: graph, producers: graph.producers(), consumers: graph.consumers(), facts: try graph.facts())
    var patch = GraphPatch()
    var names = graph.allNames()
    for root in graph.nodes where root.op is Add && !isInner(root, in: scene) {
      merge(root, in: scene, &patch, &names)
    }
    return patch.isEmpty ? graph : try patch.applied(to: graph)
  }

  /// Whether a sum is only part of another.
  private func isInner(_ sum: Node, in scene: Scene) -> Bool {
    let output = sum.outputs[0]
    guard scene.ownProducer(of: output) != nil, let reader = scene.consumers[output]?.first else { return false }
    return scene.graph.nodes[reader].op is Add
  }

  private func merge(_ root: Node, in scene: Scene, _ patch: inout GraphPatch, _ names: inout Set<String>) {
    let shape = scene.facts[root.outputs[0]]?.type.shape
    let (leaves, inner) = scene.leaves(of: root)
    let branches = leaves.filter { scene.facts[$0]?.type.shape == shape }
      .compactMap { LinearBranch(leaf: $0, in: scene) }
    var merged: [LinearBranch] = []
    for candidate in branches.filter({ $0.window != nil }).sorted(by: { $0.extent > $1.extent }) where merged.isEmpty {
      let together = branches.filter {
        $0.source == candidate.source
          && $0.fits(into: candidate.window!, groups: candidate.groups, inputs: candidate.inputs)
      }
      if together.count > 1, candidate.window!.dilations == [1, 1] {
        merged = [candidate] + together.filter { $0.leaf != candidate.leaf }
      }
    }
    guard let frame = merged.first else { return }
    var rest = leaves
    for branch in merged { rest.remove(at: rest.firstIndex(of: branch.leaf)!) }
    let output = rest.isEmpty ? root.outputs[0] : names.insertFresh("\(root.outputs[0]).merged")
    var nodes = [convolution(merged, output: output, dataType: frame.weights!.dataType, &patch, &names)]
    var sum = output
    for (index, leaf) in rest.enumerated() {
      let isLast = index == rest.count - 1
      let next = isLast ? root.outputs[0] : names.insertFresh("\(root.outputs[0]).partial")
      let name = isLast ? root.name : names.insertFresh("\(root.name).partial")
      nodes.append(Node(name: name, op: Add(), inputs: [sum, leaf], outputs: [next]))
      sum = next
    }
    for node in inner + merged.flatMap(\.nodes) { patch.replaceNode(node.name, with: []) }
    patch.replaceNode(root.name, with: nodes)
  }

  /// The convolution that does what all branches do together; the first has the largest window.
  private func convolution(
    _ branches: [LinearBranch], output: String, dataType: DataType, _ patch: inout GraphPatch,
    _ names: inout Set<String>
  ) -> Node {
    let (frame, window) = (branches[0], branches[0].window!)
    let shape = frame.weights!.shape
    var weights = [Double](repeating: 0, count: shape.count)
    var bias = [Double](repeating: 0, count: shape[0])
    for branch in branches {
      branch.add(to: &weights, frame: window, inputsPerGroup: shape[1])
      for channel in bias.indices { bias[channel] += branch.shift[channel] }
    }
    let name = names.insertFresh("\(frame.nodes[frame.nodes.count - 1].name).merged")
    let parameters = [names.insertFresh("\(name).weight"), names.insertFresh("\(name).bias")]
    patch.setParameter(parameters[0], .dense(Tensor(doubles: weights, shape: shape, dataType: dataType)))
    patch.setParameter(parameters[1], .dense(Tensor(doubles: bias, shape: [shape[0]], dataType: dataType)))
    return Node(
      name: name, op: Convolution(window: window, groups: frame.groups), inputs: [frame.source] + parameters,
      outputs: [output])
  }
}

extension LinearBranch {
  /// Taps of the convolution's window.
  fileprivate var extent: Int { window.map { $0.kernel[0] * $0.kernel[1] } ?? 0 }
  /// Channels that the convolution reads.
  fileprivate var inputs: Int { (weights?.shape[1] ?? 0) * groups }
}
