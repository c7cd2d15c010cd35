import Tensors

/// How far results may lie apart, with reasons.
public enum Tolerance {
  /// Sums of up to some hundred float32 products, compared with double precision.
  public static let float32 = 2e-5

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
