import Foundation

/// How figures are written, on the page and in the terminal: a dot as decimal mark, three significant digits where
/// more would only be noise, a dash for what is not known. Independent of the locale.
public enum NumberFormat {
  /// What stands for a figure that is absent or not finite.
  public static let missing = "–"

  /// A whole number with thousands separated: `1,234,567`.
  public static func integer(_ value: Int?) -> String {
    guard let value else { return missing }
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "−" + text : text
  }

  /// A count to three digits with its magnitude: `856 k`, `40.6 M`, `1.82 G`.
  public static func compact(_ value: Int?) -> String {
    guard let value else { return missing }
    return scaled(Double(value), units: ["", " k", " M", " G", " T"])
  }

  /// Bytes to three digits in decimal units: `512 B`, `1.15 MB`.
  public static func bytes(_ value: Int?) -> String {
    guard let value else { return missing }
    return scaled(Double(value), units: [" B", " kB", " MB", " GB", " TB"])
  }

  /// A fraction as percent: `91.23 %`.
  public static func percent(_ fraction: Double?, digits: Int = 2) -> String {
    guard let fraction, fraction.isFinite else { return missing }
    return decimal(100 * fraction, digits: digits) + " %"
  }

  /// A difference of two fractions as percentage points without its sign: `0.42 points`.
  public static func points(_ fraction: Double?) -> String {
    guard let fraction, fraction.isFinite else { return missing }
    return decimal(abs(100 * fraction), digits: 2) + " points"
  }

  /// A difference of two fractions in percentage points with its sign: `−0.42`, `+0.10`, `0.00`.
  public static func signedPoints(_ fraction: Double?, digits: Int = 2) -> String {
    guard let fraction, fraction.isFinite else { return missing }
    let text = decimal(100 * fraction, digits: digits)
    let isZero = !text.contains { ("1"..."9").contains($0) }
    if isZero { return text.replacingOccurrences(of: "−", with: "") }
    return fraction > 0 ? "+" + text : text
  }

  /// What is left, as percent of the original: `23.4 %`.
  public static func share(_ after: Double?, of before: Double?) -> String {
    guard let after, let before, before > 0, (after / before).isFinite else { return missing }
    return significant(100 * after / before) + " %"
  }

  /// A factor: `4.3×`.
  public static func times(_ factor: Double?) -> String {
    guard let factor, factor.isFinite else { return missing }
    return decimal(factor, digits: factor < 9.95 ? 1 : 0) + "×"
  }

  /// Milliseconds to three digits: `0.251 ms`, `12.3 ms`.
  public static func milliseconds(_ value: Double?) -> String {
    guard let value, value.isFinite else { return missing }
    return significant(value) + " ms"
  }

  /// A length of time as people say it: `4.2 s`, `3 min 12 s`, `1 h 04 min`.
  public static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, seconds >= 0, seconds < 1e12 else { return missing }
    if seconds < 59.95 { return decimal(seconds, digits: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
    let minutes = (whole + 30) / 60
    return String(format: "%d h %02d min", minutes / 60, minutes % 60)
  }

  /// A figure with a fixed number of decimals and a true minus sign.
  public static func decimal(_ value: Double?, digits: Int) -> String {
    guard let value, value.isFinite else { return missing }
    let text = String(format: "%.\(max(0, min(digits, 12)))f", abs(value))
    return value < 0 ? "−" + text : text
  }

  /// A figure to three significant digits: `0.0251`, `12.3`, `1,234`.
  public static func significant(_ value: Double?) -> String {
    guard let value, value.isFinite else { return missing }
    let magnitude = abs(value)
    if magnitude >= 999.5 { return magnitude < 1e15 ? integer(Int(value.rounded())) : String(format: "%.2e", value) }
    if magnitude >= 99.95 { return decimal(value, digits: 0) }
    if magnitude >= 9.995 { return decimal(value, digits: 1) }
    if magnitude >= 0.9995 { return decimal(value, digits: 2) }
    if magnitude >= 0.09995 || magnitude == 0 { return decimal(value, digits: magnitude == 0 ? 0 : 3) }
    return magnitude >= 0.001 ? decimal(value, digits: 4) : String(format: "%.1e", value)
  }

  private static func scaled(_ value: Double, units: [String]) -> String {
    var magnitude = abs(value)
    var unit = 0
    while magnitude >= 999.5, unit + 1 < units.count {
      magnitude /= 1000
      unit += 1
    }
    let digits = unit == 0 || magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2
    return (value < 0 ? "−" : "") + decimal(magnitude, digits: digits) + units[unit]
  }
}
