import Tensors

/// Images held in memory as planes of bytes.
struct PixelSource: SampleSource {
  let inputs: [SampleInput]
  let isImages = true
  /// uint8, N x C x H x W.
  private let pixels: Tensor
  private let writer: PixelWriter
  private let known: [(name: String, hash: UInt64)]

  init(
    inputName: String, _ preparation: Preparation, pixels: Tensor, divisor: Float,
    identities: [(name: String, hash: UInt64)]
  ) {
    inputs = [SampleInput(name: inputName, shape: preparation.shape, dataType: .float32)]
    self.pixels = pixels
    writer = PixelWriter(preparation, divisor: divisor)
    known = identities
  }

  var count: Int { known.count }

  func fill(_ samples: ArraySlice<Int>, placements: [Placement]?, into tensors: inout [Tensor]) throws {
    pixels.withUnsafeBytes { bytes in
      let planes = bytes.assumingMemoryBound(to: UInt8.self).baseAddress!
      tensors[0].withUnsafeMutableBytes { target in
        let floats = target.assumingMemoryBound(to: Float.self).baseAddress!
        for (index, sample) in samples.enumerated() {
          writer.write(planes + sample * writer.count, placements?[index] ?? .identity, to: floats, at: index)
        }
      }
    }
  }

  func identities() throws -> [(name: String, hash: UInt64)] { known }
}
