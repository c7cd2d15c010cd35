import Graphs
import Tensors

extension Graph {
  /// The network with the parameters of channels set to 0: what removing the channels has to be equal to.
  public func zeroing(_ channels: [CoupledSet]) -> Graph {
    var gone: [Slot: Set<Int>] = [:]
    for member in channels.flatMap(\.members) { gone[member.slot, default: []].insert(member.index) }
    var result = self
    for (slot, indices) in gone {
      guard let parameter = result.parameters[slot.value] else { continue }
      let shape = parameter.shape
      let inner = shape.dimensions[(slot.axis + 1)...].reduce(1, *)
      let values = parameter.tensor.doubles.enumerated().map {
        indices.contains($0 / inner % shape[slot.axis]) ? 0 : $1
      }
      result.parameters[slot.value] = .dense(Tensor(doubles: values, shape: shape, dataType: parameter.dataType))
    }
    return result
  }
}
