import Graphs
import Tensors

// A file that was made for a batch of 1 has that 1 in places where its network had the batch: what follows puts the
// batch back. Where the guess is wrong, shapes do not fit and the file is read for a batch of 1.

extension NodeRecord {
  /// Lets a Reshape to a shape that was written out for a batch of 1 keep any batch.
  ///
  /// In row-major order the input's batch axis begins behind so many elements as the axes in front of it have; the axis
  /// of the target that begins at that place, or contains it, is multiplied by the batch (as when a network reshapes
  /// length x batch x width to length x (batch * heads) x part).
  mutating func loosenTarget() {
    guard type == "Reshape", inputs.count == 2, let shape = inputs[0]?.type.shape,
      let batchAxis = shape.dimensions.firstIndex(where: { $0.fixedExtent == nil }),
      let given = inputs[1]?.integerDimensions
    else { return }
    let target = given.compactMap(\.fixedExtent)
    let allowsZero = attributes["allowzero"] == .int(1)
    let isCopied = { (axis: Int) in target[axis] == 0 && !allowsZero && axis < shape.rank }
    // An axis that copies the batch keeps it already.
    guard target.count == given.count, !(target.indices.contains(batchAxis) && isCopied(batchAxis)) else { return }
    let bound = shape.bound(toBatch: 1)
    var extents = target.indices.map { isCopied($0) ? bound[$0] : target[$0] }
    if let open = target.firstIndex(of: -1) {
      let rest = extents.enumerated().reduce(1) { $1.offset == open ? $0 : $0 * $1.element }
      guard rest > 0, bound.count % rest == 0 else { return }
      extents[open] = bound.count / rest
    }
    let front = bound.dimensions[..<batchAxis].reduce(1, *)
    var begin = 1
    for axis in extents.indices {
      let end = begin * extents[axis]
      if begin == front || (begin < front && front < end) {
        // An open extent takes up whatever is left, the batch included.
        guard target[axis] != -1 else { return }
        var loosened = given
        loosened[axis] = .batch(extents[axis])
        inputs[1]?.constant = nil
        inputs[1]?.symbolic = loosened
        return
      }
      begin = end
    }
  }
}

extension GraphImporter {
  /// A Concat's inputs, those that have 1 where others have the batch repeated for every sample: constants that the
  /// exporter found no need to repeat (a class token).
  mutating func batched(_ inputs: [String], of node: Onnx_NodeProto) throws -> [String] {
    let shapes = inputs.map { facts[$0]?.type.shape }
    guard node.opType == "Concat", let rank = shapes.first??.rank, shapes.allSatisfy({ $0?.rank == rank }),
      case .int(let given)? = try node.attribute.first(where: { $0.name == "axis" })?.value(reading: tensors),
      let joined = try? Shape.normalizedAxis(given, rank: rank)
    else { return inputs }
    let known = shapes.compactMap { $0 }
    let axes = (0..<rank).filter { axis in axis != joined && known.contains { $0[axis] == .batch } }
    guard let axis = axes.first, axes.count == 1 else { return inputs }
    return zip(inputs, known).map { input, shape in
      guard shape[axis] == .fixed(1), let type = facts[input]?.type.dataType else { return input }
      var target = shape
      target[axis] = .batch
      let output = freshName("\(input)_batch")
      facts[output] = InputFact(ValueType(type, target))
      graph.nodes.append(Node(name: output, op: Expand(to: target), inputs: [input], outputs: [output]))
      return output
    }
  }
}
