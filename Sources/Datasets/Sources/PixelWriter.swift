import CImages
import Tensors

/// Writes planes of bytes into batches of floats in [0, 1].
struct PixelWriter: Sendable {
  /// Channels, rows and columns of an image.
  let channels: Int, height: Int, width: Int
  /// The order of axes that batches have.
  let layout: Preparation.Layout
  /// The byte that stands for 1.
  let divisor: Float

  init(_ preparation: Preparation, divisor: Float = 255) {
    channels = preparation.channels
    height = preparation.height
    width = preparation.width
    layout = preparation.layout
    self.divisor = divisor
  }

  /// Elements of an image.
  var count: Int { channels * height * width }

  /// Writes one image as the `index`-th of a batch.
  func write(
    _ planes: UnsafePointer<UInt8>, _ placement: Placement, to batch: UnsafeMutablePointer<Float>, at index: Int
  ) {
    let isPlanar = layout == .nchw
    pare_image_place(
      planes, Int32(channels), Int32(height), Int32(width), Int32(placement.down), Int32(placement.right),
      placement.isFlipped ? 1 : 0, divisor, batch + index * count, isPlanar ? 1 : channels,
      isPlanar ? height * width : 1)
  }
}
