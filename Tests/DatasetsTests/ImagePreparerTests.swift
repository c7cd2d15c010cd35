import Testing

@testable import Datasets
@testable import Tensors

@Suite struct ImagePreparerTests {
  /// Interleaved pixels of `scene.png` after preparation.
  private func prepared(_ preparation: Preparation, _ name: String = "scene.png") throws -> [UInt8] {
    let preparer = ImagePreparer(preparation: preparation)
    var planes = [UInt8](repeating: 0, count: preparer.byteCount)
    var scratch: [UInt8] = []
    try Fixtures.bytes(name).withUnsafeBytes { try preparer.prepare($0, into: &planes, scratch: &scratch) }
    let (area, channels) = (preparation.height * preparation.width, preparation.channels)
    return (0..<area).flatMap { pixel in (0..<channels).map { planes[$0 * area + pixel] } }
  }

  @Test(
    arguments: [
      (32, 32, 32, .bilinear), (24, 24, 30, .bilinear), (12, 20, 20, .bilinear), (70, 70, 70, .bilinear),
      (32, 32, 32, .bicubic), (8, 8, 9, .bicubic), (47, 47, 47, .bilinear),
    ] as [(Int, Int, Int, Preparation.Interpolation)])
  func resizingIsThatOfPillow(height: Int, width: Int, resize: Int, interpolation: Preparation.Interpolation) throws {
    let file = "scene-\(height)x\(width)-\(resize)-\(interpolation.rawValue).npy"
    let expected = try NPY.read(Fixtures.path(file)).array(of: UInt8.self)
    let preparation = Preparation(height: height, width: width, resize: resize, interpolation: interpolation)
    #expect(try prepared(preparation) == expected)
  }

  @Test func channelsComeInTheOrderAskedFor() throws {
    let rgb = try prepared(Preparation(height: 11, width: 17), "rgb.png")
    let bgr = try prepared(Preparation(height: 11, width: 17, channelOrder: .bgr), "rgb.png")
    let grey = try prepared(Preparation(height: 11, width: 17, channelOrder: .grey), "rgb.png")
    for pixel in 0..<(11 * 17) {
      let (red, green, blue) = (rgb[pixel * 3], rgb[pixel * 3 + 1], rgb[pixel * 3 + 2])
      #expect(Array(bgr[(pixel * 3)..<(pixel * 3 + 3)]) == [blue, green, red])
      let luma = 0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)
      #expect(abs(Double(grey[pixel]) - luma) <= 0.51)
    }
  }

  @Test func windowsCoverTheInputAndLieInTheMiddle() {
    let square = Preparation(height: 224, width: 224, resize: 256)
    let wide = ResizeWindow(width: 500, height: 375, square)
    #expect([wide.fullWidth, wide.fullHeight, wide.left, wide.top] == [341, 256, 58, 16])
    let extreme = ResizeWindow(width: 1, height: 100_000, Preparation(height: 8, width: 8))
    #expect([extreme.fullWidth, extreme.fullHeight] == [8, 800_000])
    let panorama = ResizeWindow(width: 60, height: 60, Preparation(height: 20, width: 40, resize: 30))
    #expect([panorama.fullWidth, panorama.fullHeight, panorama.left, panorama.top] == [40, 40, 0, 10])
    let squeezed = ResizeWindow(width: 60, height: 30, Preparation(height: 20, width: 20, crop: .none))
    #expect([squeezed.fullWidth, squeezed.fullHeight, squeezed.left, squeezed.top] == [20, 20, 0, 0])
  }
}
