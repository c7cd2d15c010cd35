import COneDNN

/// Equal parts of a convolution's pixels or images, channels last, that one operation computes one after the other.
///
/// Where an activation is applied behind oneDNN's operation, parts are small enough for their results to be in the cache
/// still.
struct ConvolutionParts {
  /// The convolution of one part.
  private(set) var spec: pdnn_conv_spec
  /// How many there are.
  private(set) var count = 1

  /// The most results of a part: 1 MiB of them, half of a usual second-level cache for each of two threads or more.
  private static let mostResults: Int64 = 1 << 18

  /// The convolution as it is.
  init(whole spec: pdnn_conv_spec) { self.spec = spec }

  /// A convolution with its activation, in the quickest way to apply that: within oneDNN's operation, or behind it part
  /// by part.
  static func forActivation(
    _ activation: FusedActivation, of spec: pdnn_conv_spec
  ) -> (parts: ConvolutionParts, behind: FusedActivation) {
    var parts = ConvolutionParts(whole: spec)
    parts.takePixelsForImages()
    guard activation.isSlowWithinOneDNN else { return (parts, .none) }
    FusedActivation.none.apply(to: &parts.spec)
    parts.divide()
    return (parts, activation)
  }

  /// Bytes from one part of the input to the next.
  var inputBytes: Int { Int(spec.n * spec.h * spec.w * spec.c) * MemoryLayout<Float>.size }
  /// Bytes of a part of the result.
  var outputBytes: Int { Int(spec.n * spec.oh * spec.ow * spec.o) * MemoryLayout<Float>.size }

  /// Whether each result depends on the one pixel in its place, so that pixels can be taken for a row.
  private var isPointwise: Bool {
    spec.kh == 1 && spec.kw == 1 && spec.oh == spec.h && spec.ow == spec.w && spec.stride_h == 1 && spec.stride_w == 1
      && spec.pad_top == 0 && spec.pad_left == 0
  }

  /// Makes one row of images that are one pixel each (behind a global pooling): oneDNN reads the weights once an image.
  private mutating func takePixelsForImages() {
    guard isPointwise, spec.h == 1, spec.w == 1, spec.n > 1 else { return }
    takeRow(of: spec.n)
  }

  private mutating func takeRow(of pixels: Int64) {
    (spec.n, spec.h, spec.oh, spec.w, spec.ow) = (1, 1, 1, pixels, pixels)
  }

  /// Divides the pixels, or the images where results depend on several pixels, as far as parts can be equal.
  private mutating func divide() {
    let pixels = spec.n * spec.h * spec.w
    let items = isPointwise ? pixels : spec.n
    let results = spec.n * spec.oh * spec.ow * spec.o / items
    let most = max(Self.mostResults / results, 1)
    guard items > most, let size = (max(most / 2, 1)...most).last(where: { items % $0 == 0 }) else { return }
    count = Int(items / size)
    if isPointwise {
      takeRow(of: size)
    } else {
      spec.n = size
    }
  }
}
