import Tensors

extension ChannelCoupling {
  /// Couples inputs and the first output of an elementwise operator, index by index; broadcast axes (extent 1, or
  /// missing in front) stay apart.
  public mutating func tieElementwise(_ call: CouplingCall) {
    let output = call.outputShape()
    for input in call.inputs.indices where !call.inputs[input].isEmpty {
      guard let shape = call.inputShape(input) else { continue }
      let offset = output.rank - shape.rank
      for axis in shape.dimensions.indices where shape[axis] == output[axis + offset] && (shape[axis] != 1) {
        tie(call.input(input, axis: axis), call.output(axis: axis + offset), count: shape[axis])
      }
    }
  }

  /// Couples two axes of the same extent.
  public mutating func tie(_ a: Slot, _ b: Slot, in call: CouplingCall) {
    tie(a, b, count: call.shapes[a.value]![a.axis])
  }

  /// Blocks every axis of the node's inputs and outputs.
  public mutating func blockAll(_ call: CouplingCall, reason: String) {
    for name in call.inputs + call.outputs where !name.isEmpty {
      guard let shape = call.shapes[name] else { continue }
      for axis in shape.dimensions.indices { block(Slot(name, axis), count: shape[axis], reason: reason) }
    }
  }
}
