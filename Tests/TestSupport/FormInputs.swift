import Graphs
import Tensors

extension NodeForm {
  /// The constants, shapes and extents of the form by input position, for a batch of 1.
  public var fixedInputs: [Int: Tensor] {
    let shapes = shapeInputs.mapValues { Tensor($0.bound(toBatch: 1).dimensions.map { Int64($0) }) }
    let extents = extentInputs.mapValues { Tensor(scalar: Int64($0.bound(toBatch: 1))) }
    return constantInputs.merging(shapes.merging(extents) { shape, _ in shape }) { constant, _ in constant }
  }
}
