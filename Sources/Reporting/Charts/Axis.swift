import Foundation

/// The range of a chart's axis, widened to round figures, and where its ticks stand.
struct Axis {
  let lower: Double
  let upper: Double
  let ticks: [Double]

  /// An axis over values; at least `minimumSpan` long, about `count` ticks at steps of 1, 2, 2.5 or 5 times a power of
  /// ten. Values that are not finite are passed over; without any the axis is [0, 1]. A tight axis ends where the
  /// values end, and has only the ticks between.
  init(
    over values: [Double], count: Int = 4, minimumSpan: Double = 1e-9, includingZero: Bool = false,
    isTight: Bool = false
  ) {
    var finite = values.filter { abs($0) <= 1e300 }
    if includingZero { finite.append(0) }
    var low = finite.min() ?? 0
    var high = finite.max() ?? 1
    let missing = max(minimumSpan, abs(high) * 1e-9) - (high - low)
    if missing > 0 {
      low -= includingZero && low >= 0 ? 0 : missing / 2
      high += includingZero && low >= 0 ? missing : missing / 2
    }
    let rough = (high - low) / Double(max(1, count))
    let power = pow(10, floor(log10(rough)))
    let step = ([1, 2, 2.5, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10) * power
    let first = (low / step + 1e-9).rounded(.down)
    let last = (high / step - 1e-9).rounded(.up)
    let round = stride(from: 0, through: last - first, by: 1).map { (first + $0) * step }
    lower = isTight ? low : first * step
    upper = isTight ? high : last * step
    ticks = isTight ? round.filter { $0 >= low - 1e-9 * step && $0 <= high + 1e-9 * step } : round
  }

  /// Where a value stands between the ends, 0 to 1.
  func position(of value: Double) -> Double {
    upper > lower ? (value - lower) / (upper - lower) : 0.5
  }

  /// Decimals that tell neighbouring ticks apart.
  var decimals: Int {
    guard ticks.count > 1 else { return 0 }
    let step = ticks[1] - ticks[0]
    return (0...6).first { digits in
      let scaled = step * pow(10, Double(digits))
      return abs(scaled - scaled.rounded()) < 1e-6 * max(1, scaled)
    } ?? 6
  }
}
