import Graphs
import Tensors

/// Zeros: for networks that are only counted, or whose weights come from a file.
struct ZeroInitializer: WeightInitializer {
  func weights(_ shape: Shape, name: String) -> Tensor { Tensor(zeros: shape) }
}
