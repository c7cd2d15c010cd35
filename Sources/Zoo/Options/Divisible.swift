/// Channel counts rounded to multiples, which processors like.
enum Divisible {
  /// The nearest multiple of a divisor, at least the divisor, and never less than 90 % of the value (MobileNetV2's code).
  static func nearest(to value: Double, _ divisor: Int) -> Int {
    let rounded = max(divisor, Int(value + Double(divisor) / 2) / divisor * divisor)
    return Double(rounded) < 0.9 * value ? rounded + divisor : rounded
  }

  /// The least multiple of a divisor that is not below a value.
  static func above(_ value: Double, _ divisor: Int) -> Int { Int((value / Double(divisor)).rounded(.up)) * divisor }
}
