import Datasets
import Tensors

/// The rows of one tensor as samples of the input `input`.
struct TensorRows: SampleSource {
  let tensor: Tensor
  let isImages = false

  init(_ tensor: Tensor) { self.tensor = tensor }

  var count: Int { tensor.shape[0] }

  var inputs: [SampleInput] {
    [SampleInput(name: "input", shape: Shape(Array(tensor.shape.dimensions.dropFirst())), dataType: .float32)]
  }

  func fill(_ samples: ArraySlice<Int>, placements: [Placement]?, into tensors: inout [Tensor]) throws {
    let size = tensor.count / count
    let values = tensor.floats
    tensors[0] = Tensor(samples.flatMap { values[($0 * size)..<(($0 + 1) * size)] }, shape: tensors[0].shape)
  }

  func identities() throws -> [(name: String, hash: UInt64)] { (0..<count).map { ("", UInt64($0)) } }
}
