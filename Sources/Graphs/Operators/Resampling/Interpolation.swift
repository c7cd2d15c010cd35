import Tensors

/// How `Resize` finds new elements between old ones: where each lies, which old ones it is made of, and their weights.
public struct Interpolation: Sendable, Hashable {
  /// Which elements a new one is made of.
  public enum Mode: String, Sendable, Hashable {
    /// The nearest.
    case nearest
    /// The two beside it, by distance.
    case linear
    /// The four around it, by a cubic polynomial (Keys 1981).
    case cubic
  }

  /// Where new element x of n lies among the m old ones, s being the scale.
  public enum Coordinates: String, Sendable, Hashable {
    /// (x + 1/2) / s - 1/2: pixels have an extent, as in PyTorch without `align_corners`.
    case halfPixel = "half_pixel"
    /// As `halfPixel`, about the middle of what the scale alone would give, where n was rounded.
    case halfPixelSymmetric = "half_pixel_symmetric"
    /// As `halfPixel`, and 0 where n is 1.
    case pytorchHalfPixel = "pytorch_half_pixel"
    /// x * (m - 1) / (n - 1): first and last elements meet, as in PyTorch with `align_corners`. Where n = s * m was
    /// rounded down, n is the fraction, as ONNX's own cases have it; PyTorch and ONNX Runtime take the whole number.
    case alignCorners = "align_corners"
    /// x / s.
    case asymmetric
    /// Evenly from a region's start to its end, given as fractions of m - 1.
    case crop = "tf_crop_and_resize"
  }

  /// Which element is nearest to a place between two.
  public enum Rounding: String, Sendable, Hashable {
    /// The nearer; the left one from the middle.
    case preferFloor = "round_prefer_floor"
    /// The nearer; the right one from the middle.
    case preferCeil = "round_prefer_ceil"
    /// The left one.
    case floor
    /// The right one.
    case ceil
  }

  /// Which elements a new one is made of.
  public var mode: Mode
  /// Where new elements lie.
  public var coordinates: Coordinates
  /// Which element is nearest, in mode `nearest`.
  public var rounding: Rounding
  /// The cubic polynomial's coefficient a, in mode `cubic`.
  public var cubicCoefficient: Float
  /// Whether elements beyond the ends weigh nothing, rather than being those at the ends.
  public var excludesOutside: Bool
  /// What stands outside the region, with coordinates `crop`.
  public var extrapolation: Float
  /// Whether a smaller result averages over all elements that it stands for, in the modes `linear` and `cubic`.
  public var isAntialiased: Bool

  /// Describes an interpolation; the defaults are ONNX's.
  public init(
    _ mode: Mode = .nearest, coordinates: Coordinates = .halfPixel, rounding: Rounding = .preferFloor,
    cubicCoefficient: Float = -0.75, excludesOutside: Bool = false, extrapolation: Float = 0,
    isAntialiased: Bool = false
  ) {
    self.mode = mode
    self.coordinates = coordinates
    self.rounding = rounding
    self.cubicCoefficient = cubicCoefficient
    self.excludesOutside = excludesOutside
    self.extrapolation = extrapolation
    self.isAntialiased = isAntialiased
  }

  /// One axis that is resampled.
  struct Axis {
    /// The number of old and of new elements.
    var input: Int
    var output: Int
    /// New elements for each old one.
    var scale: Float
    /// The region, with coordinates `crop`.
    var start: Float = 0
    var end: Float = 1
  }

  /// Where a new element lies among the old ones. In single precision, as ONNX Runtime has it, so that what lies in the
  /// middle between two elements is the same one's there.
  private func coordinate(_ x: Int, _ axis: Axis) -> Float {
    let (place, input, output) = (Float(x), Float(axis.input), Float(axis.output))
    switch coordinates {
    case .halfPixel: return (place + 0.5) / axis.scale - 0.5
    case .halfPixelSymmetric:
      let offset = input / 2 * (1 - output / (axis.scale * input))
      return offset + (place + 0.5) / axis.scale - 0.5
    case .pytorchHalfPixel: return axis.output > 1 ? (place + 0.5) / axis.scale - 0.5 : 0
    case .alignCorners:
      guard axis.output > 1 else { return 0 }
      let fraction = axis.scale * input
      let length = abs(fraction - output) < Self.wholeLength ? output : fraction
      return place * (input - 1) / (length - 1)
    case .asymmetric: return place / axis.scale
    case .crop:
      guard axis.output > 1 else { return 0.5 * (axis.start + axis.end) * (input - 1) }
      return axis.start * (input - 1) + place * (axis.end - axis.start) * (input - 1) / (output - 1)
    }
  }

  /// How near to a whole number a length is one: scales are rounded.
  private static let wholeLength: Float = 1e-3

  private func nearest(to coordinate: Float) -> Int {
    let below = coordinate.rounded(.down)
    return switch rounding {
    case .floor: Int(below)
    case .ceil: Int(coordinate.rounded(.up))
    case .preferFloor: Int(coordinate - below == 0.5 ? below : coordinate.rounded())
    case .preferCeil: Int(coordinate - below == 0.5 ? below + 1 : coordinate.rounded())
    }
  }

  /// The weight of an element at a distance, which is 0 from `radius` on.
  private func weight(at distance: Double) -> Double {
    let x = abs(distance)
    if mode == .linear { return max(0, 1 - x) }
    let a = Double(cubicCoefficient)
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
  }

  private var radius: Double { mode == .linear ? 1 : 2 }

  /// What each new element along an axis is made of.
  func table(for axis: Axis) -> ResamplingTable {
    var table = ResamplingTable(input: axis.input)
    for x in 0..<axis.output {
      let coordinate = coordinate(x, axis)
      if coordinates == .crop, !(coordinate >= 0 && coordinate <= Float(axis.input - 1)) {
        table.appendOutside()
      } else if mode == .nearest {
        table.append([(min(max(nearest(to: coordinate), 0), axis.input - 1), 1)])
      } else {
        table.append(entries(at: Double(coordinate), axis))
      }
    }
    return table
  }

  /// The elements around a place with their weights, which add up to 1.
  private func entries(at coordinate: Double, _ axis: Axis) -> [(source: Int, weight: Double)] {
    // A smaller result looks at a wider neighbourhood.
    let density = isAntialiased ? min(Double(axis.scale), 1) : 1
    let reach = radius / density
    var weights: [Int: Double] = [:]
    for source in Int((coordinate - reach).rounded(.down))...Int((coordinate + reach).rounded(.up)) {
      if excludesOutside, source < 0 || source >= axis.input { continue }
      weights[min(max(source, 0), axis.input - 1), default: 0] += weight(at: (Double(source) - coordinate) * density)
    }
    let total = weights.values.reduce(0, +)
    return weights.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value / total) }
  }
}
