import Graphs
import Tensors

extension Graph {
  /// Adds a number to each output channel of a layer: to its bias, or off the running mean of a batch normalisation
  /// behind it. Where there is neither, the layer gets a bias (or an addition behind it where it can have none).
  /// - Parameter readers: `consumers()`, which is brought up to date where nodes change.
  /// - Throws: `PareError.internalFault` where the layer is not in the graph any more.
  mutating func shiftOutputs(
    of layer: WeightedLayer, by shift: [Double], readers known: inout [String: [Int]]
  ) throws {
    guard let index = nodes.firstIndex(where: { $0.name == layer.node.name && $0.outputs == layer.node.outputs }) else {
      throw PareError(.internalFault, "the layer was lost with its channels", context: ["node": layer.node.name])
    }
    let readers = known[nodes[index].outputs[0]] ?? []
    let hasBias = nodes[index].inputs.count > 2 && !nodes[index].inputs[2].isEmpty
    if !hasBias, readers.count == 1, !isOutput(nodes[index].outputs[0]) {
      let reader = nodes[readers[0]]
      if reader.op is BatchNormalization, layer.axes.value == 1,
        shiftParameter(at: 3, of: readers[0], by: shift.map { -$0 })
      {
        return
      }
      // Behind a MatMul the last axis holds the channels, as a vector added there does.
      if layer.op is MatMul, reader.op is Add, let place = reader.inputs.firstIndex(where: { parameters[$0] != nil }),
        shiftParameter(at: place, of: readers[0], by: shift)
      {
        return
      }
    }
    if !addToBias(of: index, shift, factor: layer.op.biasFactor) {
      insertAddition(of: shift, behind: index)
      known = consumers()
    }
  }

  /// Adds to a parameter of a node, if it holds a number for each channel. A parameter that others read too is copied.
  private mutating func shiftParameter(at place: Int, of index: Int, by shift: [Double]) -> Bool {
    let name = nodes[index].inputs[place]
    guard let tensor = parameters[name]?.tensor, tensor.dataType.isFloat, tensor.count == shift.count,
      tensor.shape.dimensions.last == shift.count
    else { return false }
    let sum = Tensor(doubles: zip(tensor.doubles, shift).map(+), shape: tensor.shape, dataType: tensor.dataType)
    setParameter(at: place, of: index, to: sum)
    return true
  }

  /// Adds to the bias of a node, which is made where there is none or a single number. False where it cannot have one.
  private mutating func addToBias(of index: Int, _ shift: [Double], factor: Double) -> Bool {
    guard factor != 0 else { return false }
    let shift = shift.map { $0 / factor }
    while nodes[index].inputs.count < 3 { nodes[index].inputs.append("") }
    let old = nodes[index].inputs[2]
    if shiftParameter(at: 2, of: index, by: shift) { return true }
    guard old.isEmpty || parameters[old]?.shape.count == 1 else { return false }
    let start = old.isEmpty ? 0 : parameters[old]!.tensor.doubles[0]
    let name = freshName("\(nodes[index].inputs[1]).bias")
    parameters[name] = .dense(Tensor(shift.map { Float(start + $0) }))
    nodes[index].inputs[2] = name
    return true
  }

  private mutating func insertAddition(of shift: [Double], behind index: Int) {
    let output = nodes[index].outputs[0]
    let product = freshName("\(output).product")
    let bias = freshName("\(nodes[index].inputs[1]).bias", besides: [product])
    let addition = freshName("\(nodes[index].name).shift", besides: [product, bias])
    parameters[bias] = .dense(Tensor(shift.map { Float($0) }))
    nodes[index].outputs[0] = product
    nodes.insert(Node(name: addition, op: Add(), inputs: [product, bias], outputs: [output]), at: index + 1)
  }
}
