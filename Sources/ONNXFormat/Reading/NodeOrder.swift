import Tensors

extension Onnx_GraphProto {
  /// The nodes in an order in which each stands after the ones it reads from: the file's own order where that is one.
  /// - Parameter known: the names of inputs and weights.
  /// - Throws: `PareError.badInput` where a value is made twice or never, or where nodes form a cycle.
  func orderedNodes(known: Set<String>) throws -> [Onnx_NodeProto] {
    var producers: [String: Int] = [:]
    for (index, node) in node.enumerated() {
      for output in node.output where !output.isEmpty {
        guard !known.contains(output), producers.updateValue(index, forKey: output) == nil else {
          throw PareError(
            .badInput, "the value \"\(output)\" is made twice; the file is damaged",
            context: ["node": node.name, "operator": node.opType])
        }
      }
    }
    var waiting = [Int](repeating: 0, count: node.count)
    var readers = [[Int]](repeating: [], count: node.count)
    for (index, node) in node.enumerated() {
      for input in Set(node.input + node.capturedNames) where !input.isEmpty && !known.contains(input) {
        guard let producer = producers[input] else {
          throw PareError(
            .badInput, "the value \"\(input)\" is read but nothing makes it; the file is damaged",
            context: ["node": node.name, "operator": node.opType])
        }
        waiting[index] += 1
        readers[producer].append(index)
      }
    }
    return try sorted(waiting: &waiting, readers: readers)
  }

  private func sorted(waiting: inout [Int], readers: [[Int]]) throws -> [Onnx_NodeProto] {
    var ordered: [Onnx_NodeProto] = []
    ordered.reserveCapacity(node.count)
    var isPlaced = [Bool](repeating: false, count: node.count)
    // A node that becomes ready and stands further back is met on the way; one that was passed over is placed at once.
    for start in node.indices where waiting[start] == 0 && !isPlaced[start] {
      var ready = [start]
      while let index = ready.popLast() {
        isPlaced[index] = true
        ordered.append(node[index])
        for reader in readers[index] {
          waiting[reader] -= 1
          if waiting[reader] == 0, reader <= start { ready.append(reader) }
        }
      }
    }
    guard ordered.count == node.count else {
      let stuck = node.indices.first { !isPlaced[$0] }!
      throw PareError(
        .badInput, "the nodes form a cycle; the file is damaged",
        context: ["node": node[stuck].name, "operator": node[stuck].opType])
    }
    return ordered
  }
}
