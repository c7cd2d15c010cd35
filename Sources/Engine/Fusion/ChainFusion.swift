import Graphs
import Tensors

/// Makes chains of pointwise convolutions, the depthwise ones behind them and the pointwise ones behind those, where nobody
/// else reads what is between and that is large for a second-level cache: written to memory and read again, it takes longer
/// than the products.
///
/// Runs behind `ConvolutionFusion`. With AVX-512 and 2 MiB of second-level cache MobileNetV2 took 49.2 ms a batch of 16
/// without chains and 44.1 with them (the least of nine alternating `pare profile mobilenet_v2.onnx --batch 16
/// --threads 2`); a single image, which the caches of two cores hold, was as quick as before.
struct ChainFusion {
  /// The bytes from which on what a depthwise convolution reads is large, for one sample.
  private static let leastBytes = 512 << 10
  /// How many rows may be computed twice, as a factor.
  private static let mostOverlap = 1.35

  private let graph: Graph
  private let facts: [String: InputFact]
  private let consumers: [String: [Int]]
  private let producers: [String: Int]
  private let isSparse: (_ weights: String) -> Bool

  /// - Parameter isSparse: whether weights may be run in a sparse form, which chains do not have.
  init(_ graph: Graph, isSparse: @escaping (_ weights: String) -> Bool) throws {
    self.graph = graph
    self.isSparse = isSparse
    facts = try graph.facts()
    consumers = graph.consumers()
    producers = graph.producers()
  }

  /// The graph with chains.
  func applied() -> Graph {
    var result = graph
    var removed = Set<Int>()
    // A convolution is in one chain: in MobileNetV1 the last of one could be the first of the next.
    var chained = Set<Int>()
    for index in graph.nodes.indices {
      guard let nodes = chain(around: index), chained.isDisjoint(with: nodes), let last = nodes.last else { continue }
      chained.formUnion(nodes)
      let steps = nodes.map { Step(graph.nodes[$0])! }
      let chain = ConvolutionChain(
        links: steps.map { .init(convolution: $0.convolution, activation: $0.activation) },
        hasResidual: steps[steps.count - 1].residual != nil)
      let inputs = [steps[0].x] + steps.flatMap { [$0.weights, $0.bias] } + (steps.last?.residual.map { [$0] } ?? [])
      result.nodes[last] = Node(
        name: graph.nodes[index].name, op: chain, inputs: inputs, outputs: graph.nodes[last].outputs)
      removed.formUnion(nodes.dropLast())
    }
    result.nodes = result.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    return result
  }

  /// The nodes of the chain around a depthwise convolution, in order; nil where there is none.
  private func chain(around index: Int) -> [Int]? {
    guard let depthwise = Step(graph.nodes[index]), depthwise.residual == nil, isDepthwise(depthwise),
      let x = shape(depthwise.x), let y = shape(graph.nodes[index].outputs[0]),
      x.count * MemoryLayout<Float>.size >= Self.leastBytes,
      ChainBands(depthwise.convolution, input: x, output: y).overlap <= Self.mostOverlap,
      let first = producers[depthwise.x], reader(of: first) == index, let before = Step(graph.nodes[first]),
      before.residual == nil, isPointwise(before)
    else { return nil }
    guard let last = reader(of: index), let after = Step(graph.nodes[last]), after.x == graph.nodes[index].outputs[0],
      isPointwise(after)
    else { return [first, index] }
    return [first, index, last]
  }

  /// The node that alone reads a node's result.
  private func reader(of index: Int) -> Int? {
    let value = graph.nodes[index].outputs[0]
    guard !graph.isOutput(value), let readers = consumers[value], readers.count == 1 else { return nil }
    return readers[0]
  }

  private func shape(_ value: String) -> Shape? { facts[value]?.type.shape?.bound(toBatch: 1) }

  private func isFloat(_ step: Step) -> Bool {
    [step.x, step.weights].allSatisfy { facts[$0]?.type.dataType == .float32 } && graph.parameters[step.weights] != nil
  }

  private func isDepthwise(_ step: Step) -> Bool {
    let window = step.convolution.window
    guard let x = shape(step.x), let weights = graph.parameters[step.weights]?.shape else { return false }
    return isFloat(step) && window.rank == 2 && window.dilations == [1, 1] && step.convolution.groups > 1
      && step.convolution.groups == x[1] && weights[0] == x[1]
  }

  private func isPointwise(_ step: Step) -> Bool {
    let window = step.convolution.window
    guard isFloat(step), !isSparse(step.weights), step.convolution.groups == 1, window.rank == 2,
      window.kernel == [1, 1], window.strides == [1, 1], let x = shape(step.x)
    else { return false }
    return window.resolvedPads(input: Array(x.dimensions[2...])).allSatisfy { $0 == 0 }
  }

  /// A convolution, fused or not, and its inputs by name.
  private struct Step {
    let convolution: Convolution
    let activation: FusedActivation
    let x: String
    let weights: String
    /// Empty where there is none.
    let bias: String
    let residual: String?

    init?(_ node: Node) {
      if let fused = node.op as? FusedConvolution {
        (convolution, activation) = (fused.convolution, fused.activation)
        residual = fused.hasResidual ? node.inputs[3] : nil
      } else if let plain = node.op as? Convolution {
        (convolution, activation, residual) = (plain, .none, nil)
      } else {
        return nil
      }
      (x, weights) = (node.inputs[0], node.inputs[1])
      bias = node.inputs.count > 2 ? node.inputs[2] : ""
    }
  }
}
