import CImages
import Tensors

/// A decoded image: RGB, 8 bits each, rows from the top. It owns memory of the C decoder, hence not copyable.
package struct DecodedImage: ~Copyable {
  private var image: pare_image

  /// The most pixels that an image may have (134 million): small files can unfold to far more.
  package static let pixelLimit = 1 << 27

  /// Decodes a JPEG or PNG.
  /// - Throws: `PareError.badInput` where the bytes are corrupted, truncated, too many pixels, or no such image.
  package init(_ bytes: UnsafeRawBufferPointer, pixelLimit: Int = DecodedImage.pixelLimit) throws {
    image = try Self.call(pare_image_decode, bytes, pixelLimit)
  }

  /// Columns.
  package var width: Int { Int(image.width) }
  /// Rows.
  package var height: Int { Int(image.height) }
  /// The pixels: height x width x 3.
  package var pixels: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: image.pixels, count: width * height * 3)
  }

  /// Extent and channels that a file's header gives, without decoding it.
  /// - Throws: `PareError.badInput`, as the decoder.
  package static func measure(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int, isGrey: Bool) {
    let image = try call(pare_image_measure, bytes, pixelLimit)
    return (Int(image.width), Int(image.height), image.is_grey != 0)
  }

  deinit {
    var image = image
    pare_image_free(&image)
  }

  private typealias Decoder = (
    UnsafePointer<UInt8>?, Int, Int, UnsafeMutablePointer<pare_image>?, UnsafeMutablePointer<CChar>?, Int
  ) -> Int32

  private static func call(_ decode: Decoder, _ bytes: UnsafeRawBufferPointer, _ limit: Int) throws -> pare_image {
    var image = pare_image()
    var message = [CChar](repeating: 0, count: 256)
    let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard decode(base, bytes.count, limit, &image, &message, message.count) == 0 else {
      let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw PareError(.badInput, "the image cannot be read (\(text)); repair or remove it")
    }
    return image
  }
}
