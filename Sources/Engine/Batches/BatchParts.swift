import Graphs
import Tensors

/// The parts of a batch that a program runs one after another, so that what one layer writes is still in the processor's
/// cache when the next reads it.
///
/// All parts have the same length; where that does not divide the batch, the last one begins earlier and computes some
/// samples once more, with the same results.
struct BatchParts {
  /// The samples of a part.
  let length: Int
  /// Where each part begins.
  let starts: [Int]

  /// The whole batch at once.
  init(whole batch: Int) {
    length = batch
    starts = [0]
  }

  /// As few parts as compute little twice: of up to twice as many parts as are needed, those with the least in all.
  ///
  /// - Parameter most: how many samples a part has at most.
  init(of batch: Int, most: Int) {
    let fewest = (batch + most - 1) / most
    func total(_ count: Int) -> Int { count * ((batch + count - 1) / count) }
    let count = (fewest...2 * fewest).min { total($0) < total($1) } ?? fewest
    length = (batch + count - 1) / count
    starts = (0..<count).map { [length] in min($0 * length, batch - length) }
  }

  /// The parts for a network, `most` being chosen by the cache where it is nil.
  init(_ graph: Graph, batch: Int, most: Int?) throws {
    guard batch > 1 else {
      self.init(whole: batch)
      return
    }
    let facts = try graph.facts()
    let widest = Self.widestBytes(graph, facts)
    let fitting = most ?? max(1, ProcessorCache.byteCount * 3 / 4 / max(widest, 1))
    guard fitting < batch, graph.keepsSamplesApart(facts) else {
      self.init(whole: batch)
      return
    }
    self.init(of: batch, most: max(1, fitting))
  }

  /// The most bytes that a layer reads and writes for one sample, parameters not counted.
  private static func widestBytes(_ graph: Graph, _ facts: [String: InputFact]) -> Int {
    func bytes(_ name: String) -> Int {
      guard let type = facts[name]?.type, let shape = type.shape else { return 0 }
      return (shape.bound(toBatch: 1).checkedCount ?? 0) * type.dataType.size
    }
    return graph.nodes.map { node in
      Set(node.inputs + node.outputs).filter { !$0.isEmpty && graph.parameters[$0] == nil }.reduce(0) { $0 + bytes($1) }
    }.max() ?? 0
  }
}
