import CImages
import Tensors

/// Turns encoded images into planes of bytes in a network's size and channels.
struct ImagePreparer: Sendable {
  let preparation: Preparation

  /// Bytes of one prepared image.
  var byteCount: Int { preparation.channels * preparation.height * preparation.width }

  /// Decodes, resizes, crops and splits into planes. `scratch` is working memory that calls share.
  /// - Throws: `PareError.badInput` where the image cannot be decoded.
  func prepare(
    _ bytes: UnsafeRawBufferPointer, into planes: UnsafeMutablePointer<UInt8>, scratch: inout [UInt8]
  ) throws {
    let image = try DecodedImage(bytes)
    try prepare(image.pixels, width: image.width, height: image.height, into: planes, scratch: &scratch)
  }

  /// The same for pixels that are decoded already (RGB, rows from the top).
  func prepare(
    _ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, into planes: UnsafeMutablePointer<UInt8>,
    scratch: inout [UInt8]
  ) throws {
    let channels = Int32(preparation.channels)
    let reversed: Int32 = preparation.channelOrder == .bgr ? 1 : 0
    let window = ResizeWindow(width: width, height: height, preparation)
    if window.isIdentity {
      pare_image_planes(pixels.baseAddress, width * height, channels, reversed, planes)
      return
    }
    let area = preparation.width * preparation.height
    if scratch.count < area * 3 { scratch = [UInt8](repeating: 0, count: area * 3) }
    let filter = preparation.interpolation == .bicubic ? PARE_FILTER_BICUBIC : PARE_FILTER_BILINEAR
    let status = pare_image_resize(
      pixels.baseAddress, Int32(width), Int32(height), Int32(window.fullWidth), Int32(window.fullHeight),
      Int32(window.left), Int32(window.top), &scratch, Int32(preparation.width), Int32(preparation.height),
      Int32(filter))
    guard status == 0 else { throw PareError(.badInput, "no memory to resize an image of \(width) x \(height) pixels") }
    pare_image_planes(scratch, area, channels, reversed, planes)
  }
}

/// Where the input's window lies in the resized image.
struct ResizeWindow: Equatable {
  /// The extent that the whole image is resized to.
  private(set) var fullWidth: Int, fullHeight: Int
  /// The corner of the window in it.
  let left: Int, top: Int
  /// Whether resizing and cropping change nothing.
  let isIdentity: Bool

  /// The shorter side becomes `resize` (the longer in proportion, rounded down, as torchvision does), or just enough to
  /// cover the input where that is more; then the middle is cut out, halves rounded to even.
  init(width: Int, height: Int, _ preparation: Preparation) {
    let (outWidth, outHeight) = (preparation.width, preparation.height)
    (fullWidth, fullHeight) = (outWidth, outHeight)
    if preparation.crop == .center {
      if outHeight * width >= outWidth * height {
        fullWidth = max(outWidth, outHeight * width / height)
      } else {
        fullHeight = max(outHeight, outWidth * height / width)
      }
      if let resize = preparation.resize {
        let isTall = height > width
        let longer = resize * max(width, height) / min(width, height)
        let (asked, askedHeight) = isTall ? (resize, longer) : (longer, resize)
        if asked >= outWidth, askedHeight >= outHeight { (fullWidth, fullHeight) = (asked, askedHeight) }
      }
    }
    fullWidth = min(fullWidth, Int(Int32.max))
    fullHeight = min(fullHeight, Int(Int32.max))
    left = Int((Double(fullWidth - outWidth) / 2).rounded(.toNearestOrEven))
    top = Int((Double(fullHeight - outHeight) / 2).rounded(.toNearestOrEven))
    isIdentity = fullWidth == width && fullHeight == height && outWidth == width && outHeight == height
  }
}
