import Graphs
import Tensors

extension NodeForm {
  /// The constants and shapes of the form by input position, for a batch of 1.
  public var fixedInputs: [Int: Tensor] {
    let shapes = shapeInputs.mapValues { Tensor($0.bound(toBatch: 1).dimensions.map { Int64($0) }) }
    return constantInputs.merging(shapes) { constant, _ in constant }
  }
}
