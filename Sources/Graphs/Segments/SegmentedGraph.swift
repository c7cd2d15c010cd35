import Tensors

/// A network cut into segments that are run one after another, or not: early exits, gates, blocks that are skipped.
///
/// A segment reads inputs of the network and values of other segments by name (boundary values), and makes values that
/// others read, outputs of the network, and what it was cut after.
public struct SegmentedGraph: Sendable {
  /// A part of the network.
  public struct Segment: Sendable {
    /// The nodes, with boundary values as inputs and outputs.
    public var graph: Graph
    /// The values that it was cut after.
    public let ends: [String]
  }

  /// The parts, each behind those that it reads from.
  public let segments: [Segment]
  /// What the caller supplies.
  public let inputs: [GraphPort]
  /// What the network as a whole gives.
  public let outputs: [GraphPort]

  /// Cuts a network.
  ///
  /// - Parameter ends: for each segment the values that it is to make; it holds the nodes that they need and that no
  ///   segment before it has. All outputs of the network must be made by some segment.
  /// - Throws: `PareError.usage` for a value that the network does not have, a segment without nodes, and an output that
  ///   no segment makes.
  public init(_ graph: Graph, cutAfter ends: [[String]]) throws {
    let producers = graph.producers()
    let facts = try graph.facts()
    var segmentOfNode: [Int: Int] = [:]
    for (segment, values) in ends.enumerated() {
      for value in values where producers[value] == nil {
        throw PareError(.usage, "segment \(segment) is to end with \"\(value)\", which no node makes")
      }
      var open = values.map { producers[$0]! }
      while let node = open.popLast() {
        guard segmentOfNode[node] == nil else { continue }
        segmentOfNode[node] = segment
        open += graph.nodes[node].inputs.compactMap { producers[$0] }
      }
      guard segmentOfNode.values.contains(segment) else {
        throw PareError(.usage, "segment \(segment) has no nodes: \(values) are made by the segments before it")
      }
    }
    for output in graph.outputs {
      if let producer = producers[output.name], segmentOfNode[producer] == nil {
        throw PareError(.usage, "output \"\(output.name)\" is made by no segment; let one end with it")
      }
    }
    func segment(making value: String) -> Int? { producers[value].flatMap { segmentOfNode[$0] } }

    var readElsewhere = Set(graph.outputs.map(\.name) + ends.joined())
    for (index, node) in graph.nodes.enumerated() {
      guard let own = segmentOfNode[index] else { continue }
      for input in node.inputs { if let other = segment(making: input), other != own { readElsewhere.insert(input) } }
    }
    segments = try ends.indices.map { number in
      var part = Graph(name: "\(graph.name).\(number)", parameters: graph.parameters)
      part.nodes = graph.nodes.indices.filter { segmentOfNode[$0] == number }.map { graph.nodes[$0] }
      let made = part.nodes.flatMap(\.outputs)
      var seen = Set(made).union(graph.parameters.keys).union([""])
      func port(_ value: String) -> GraphPort { GraphPort(value, facts[value]!.type) }
      part.inputs = part.nodes.flatMap(\.inputs).filter { seen.insert($0).inserted }.map(port)
      part.outputs = made.filter(readElsewhere.contains).map(port)
      part.removeUnusedParameters()
      try part.validate()
      return Segment(graph: part, ends: ends[number])
    }
    inputs = graph.inputs
    outputs = graph.outputs
  }
}
