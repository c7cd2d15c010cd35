import Testing

@testable import Datasets
@testable import Tensors

@Suite struct DecodedImageTests {
  /// Pillow brings its own build of libjpeg-turbo; builds differ by this much in their colour conversion.
  static let jpegTolerance = 2

  @Test(arguments: [
    "rgb.png", "grey.png", "bits.png", "palette.png", "alpha.png", "grey-alpha.png", "deep.png", "rgb.jpg", "grey.jpg",
    "progressive.jpg", "cmyk.jpg",
  ])
  func pixelsAreThoseOfPillow(name: String) throws {
    let expected = try NPY.read(Fixtures.path(name + ".npy"))
    let (shape, pixels) = try Fixtures.bytes(name).withUnsafeBytes { bytes in
      let image = try DecodedImage(bytes)
      return ([image.height, image.width, 3], Array(image.pixels))
    }
    #expect(shape == expected.shape.dimensions)
    let largest = zip(pixels, expected.array(of: UInt8.self)).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(largest <= (name.hasSuffix("jpg") ? Self.jpegTolerance : 0))
  }

  @Test(arguments: ["rgb.png", "palette.png", "rgb.jpg", "progressive.jpg", "cmyk.jpg"])
  func everyTruncationIsAnError(name: String) throws {
    let whole = try Fixtures.bytes(name)
    for length in stride(from: 0, to: whole.count - 2, by: 7) {
      let error = #expect(throws: PareError.self, "\(length) of \(whole.count) bytes") {
        try whole[..<length].withUnsafeBytes { _ = try DecodedImage($0) }
      }
      #expect(error?.code == .badInput)
    }
  }

  @Test(arguments: ["rgb.png", "grey-alpha.png", "rgb.jpg", "progressive.jpg", "cmyk.jpg"])
  func damagedBytesNeverCrash(name: String) throws {
    let whole = try Fixtures.bytes(name)
    var random = RandomSource(seed: 3)
    for _ in 0..<400 {
      var damaged = whole
      for _ in 0..<3 { damaged[random.index(below: whole.count)] = UInt8(truncatingIfNeeded: random.next()) }
      damaged.withUnsafeBytes { bytes in
        do { #expect(try DecodedImage(bytes, pixelLimit: 1 << 20).width > 0) } catch {
          #expect((error as? PareError)?.code == .badInput)
        }
      }
    }
  }

  @Test func bombsAreRefused() throws {
    let error = #expect(throws: PareError.self) {
      try Fixtures.bytes("rgb.png").withUnsafeBytes { _ = try DecodedImage($0, pixelLimit: 11 * 17 - 1) }
    }
    #expect(error?.message.contains("more than the limit") == true)
  }

  @Test func otherFormatsAreNamedAsSuch() {
    let error = #expect(throws: PareError.self) {
      try Array("GIF89a".utf8).withUnsafeBytes { _ = try DecodedImage($0) }
    }
    #expect(error?.message.contains("neither a JPEG nor a PNG") == true)
  }
}
