import Tensors

/// How far results may lie apart, with reasons.
public enum Tolerance {
  /// Sums of up to some hundred float32 products, compared with double precision.
  public static let float32 = 2e-5

  /// Values that were rounded to bfloat16 on the way: 8 significant bits, so half a unit in the last place is 2^-9 of a
  /// value. Five roundings one behind another, all to the same side.
  public static let bfloat16 = 0.01

  /// Gradients on bfloat16 activations: every layer on the way back rounds once more, and an activation near the bend
  /// of a rectifier may switch it. As a share of the gradient's length.
  public static let bfloat16Gradient = 0.05

  /// Gradients in front of a max pool: where the two largest values of a window round to the same, the first of them gets
  /// the whole gradient. Of windows of nine, some two in a hundred; their gradients go to other places, so that the
  /// length of the difference is the root of twice that.
  public static let bfloat16Routing = 0.3

  /// The length of the difference of two tensors, relative to that of the expected one.
  public static func distance(_ result: Tensor, _ expected: Tensor) -> Double {
    guard result.shape == expected.shape else { return .infinity }
    func length(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let difference = length(zip(result.doubles, expected.doubles).map { $0 - $1 })
    return difference == 0 ? 0 : difference / length(expected.doubles)
  }

  /// The largest difference, relative to the largest expected magnitude (at least 1e-3). NaN in one only is infinite.
  public static func relative(_ result: Tensor, _ expected: Tensor) -> Double {
    guard result.shape == expected.shape else { return .infinity }
    let (a, b) = (result.doubles, expected.doubles)
    let scale = max(b.filter(\.isFinite).map(abs).max() ?? 0, 1e-3)
    return zip(a, b).map { x, y in
      x == y || (x.isNaN && y.isNaN) ? 0 : (x - y).isFinite ? abs(x - y) / scale : .infinity
    }.max() ?? 0
  }
}
