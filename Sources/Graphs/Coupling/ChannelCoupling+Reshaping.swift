import Tensors

extension ChannelCoupling {
  /// Couples the first input and output of an operator that gives the same elements another shape.
  ///
  /// Runs of axes with the same product belong together: an axis that stays keeps its indices, one that is split or
  /// merged is the product of the others. Where several axes become several others, all are blocked.
  mutating func tieReshaped(_ call: CouplingCall) {
    guard let input = call.inputShape(0), let runs = AxisRun.matching(input, call.outputShape()) else {
      return blockAll(call, reason: "\(call.outputs[0]): a reshape that is not known")
    }
    for run in runs {
      let before = run.inputs.map { (slot: call.input(0, axis: $0), extent: input[$0]) }
      let after = run.outputs.map { (slot: call.output(axis: $0), extent: call.outputShape()[$0]) }
      switch (before.count, after.count) {
      case (1, 1): tie(before[0].slot, after[0].slot, count: before[0].extent)
      case (1, _): factor(before[0].slot, into: after)
      case (_, 1): factor(after[0].slot, into: before)
      default:
        let reason = "\(call.outputs[0]): a reshape of \(input) to \(call.outputShape())"
        for (slot, extent) in before + after { block(slot, count: extent, reason: reason) }
      }
    }
  }
}

/// Axes of a value that become axes of its reshaped form, as few as have the same product; axes of extent 1 belong to
/// no run.
private struct AxisRun {
  var inputs: [Int] = []
  var outputs: [Int] = []

  /// The runs of two shapes of the same elements; nil where there are no elements.
  static func matching(_ input: Shape, _ output: Shape) -> [AxisRun]? {
    guard input.count == output.count, input.count > 0 else { return nil }
    var left = input.dimensions.indices.filter { input[$0] > 1 }[...]
    var right = output.dimensions.indices.filter { output[$0] > 1 }[...]
    var runs: [AxisRun] = []
    while let first = left.popFirst(), let second = right.popFirst() {
      var run = AxisRun(inputs: [first], outputs: [second])
      var (a, b) = (input[first], output[second])
      while a != b {
        if a < b, let next = left.popFirst() {
          run.inputs.append(next)
          a *= input[next]
        } else if let next = right.popFirst() {
          run.outputs.append(next)
          b *= output[next]
        }
      }
      runs.append(run)
    }
    return runs
  }
}
