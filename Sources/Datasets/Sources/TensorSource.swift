import Tensors

/// Samples that are rows of arrays: whatever is not an image.
struct TensorSource: SampleSource {
  let inputs: [SampleInput]
  let isImages = false
  let count: Int
  private let arrays: [Tensor]

  /// Takes arrays whose leading axes are equally long, named as the inputs that they feed.
  init(_ named: [(name: String, array: Tensor)], count: Int) {
    inputs = named.map { name, array in
      SampleInput(name: name, shape: Shape(Array(array.shape.dimensions.dropFirst())), dataType: array.dataType)
    }
    arrays = named.map(\.array)
    self.count = count
  }

  func fill(_ samples: ArraySlice<Int>, placements: [Placement]?, into tensors: inout [Tensor]) throws {
    for (input, array) in arrays.enumerated() {
      let size = inputs[input].shape.count * array.dataType.size
      array.withUnsafeBytes { source in
        tensors[input].withUnsafeMutableBytes { target in
          for (index, sample) in samples.enumerated() where size > 0 {
            (target.baseAddress! + index * size).copyMemory(from: source.baseAddress! + sample * size, byteCount: size)
          }
        }
      }
    }
  }

  func identities() throws -> [(name: String, hash: UInt64)] {
    (0..<count).map { sample in
      var hash: UInt64 = 0
      for array in arrays {
        let size = array.byteCount / max(count, 1)
        let row = array.withUnsafeBytes {
          UnsafeRawBufferPointer(rebasing: $0[(sample * size)..<((sample + 1) * size)]).contentHash
        }
        hash = hash &* 0x9E37_79B9_7F4A_7C15 ^ row
      }
      return ("", hash)
    }
  }
}
