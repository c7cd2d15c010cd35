import Graphs
import Tensors

/// Bands of rows, all alike, in which a depthwise convolution behind a pointwise one is computed: what a band reads and makes
/// stays in the second-level cache.
struct ChainBands: Equatable {
  /// Rows of results in a band.
  let rows: Int
  /// Bands of an image.
  let count: Int
  /// Rows that a band reads; those of neighbours overlap.
  let inputRows: Int

  private let height: Int
  private let stride: Int
  private let padTop: Int

  /// - Parameters:
  ///   - input: the shape of what the depthwise convolution reads, batch first.
  ///   - output: the shape of what it makes.
  ///   - images: how many there are.
  ///   - parts: how many bands there are at least, with those of all images together, where rows suffice.
  ///   - bytes: how large what a band reads and makes may be.
  init(
    _ depthwise: Convolution, input: Shape, output: Shape, images: Int = 1, parts: Int = 1,
    bytes: Int = ProcessorCache.secondLevel / 2
  ) {
    let (kernel, stride) = (depthwise.window.kernel[0], depthwise.window.strides[0])
    let rowBytes = [input, output].map { $0[1] * $0[3] * MemoryLayout<Float>.size }
    let all = output[2]
    func fits(_ rows: Int) -> Bool {
      ((rows - 1) * stride + kernel) * rowBytes[0] + rows * rowBytes[1] <= bytes && images * all / rows >= parts
    }
    rows = (1...all).last { all % $0 == 0 && fits($0) } ?? 1
    count = all / rows
    inputRows = (rows - 1) * stride + kernel
    height = input[2]
    self.stride = stride
    padTop = depthwise.window.resolvedPads(input: Array(input.dimensions[2...]))[0]
  }

  /// How many rows are read for each row that there is.
  var overlap: Double { Double(count * inputRows) / Double(max(height, 1)) }

  /// The first row that a band reads, which may lie outside the image.
  func start(_ band: Int) -> Int { band * rows * stride - padTop }

  /// The rows of the image that a band reads.
  func inside(_ band: Int) -> Range<Int> {
    let first = start(band)
    return max(first, 0)..<max(min(first + inputRows, height), max(first, 0))
  }
}
