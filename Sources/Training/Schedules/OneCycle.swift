import Foundation
import Tensors

/// Up and down again: from 1/start to 1 in the first part, then down to 1/(start end), both along half cosines.
///
/// The formulas of PyTorch's OneCycleLR (two phases, cosine), momentum left alone. (Smith and Topin 2018,
/// "Super-convergence".)
public struct OneCycle: Schedule {
  /// `onecycle`
  public static let identifier = "onecycle"
  /// One line for help texts.
  public static let summary = "rising for three tenths, then falling to almost nothing"

  /// The share of the training in which the rate rises (pct_start).
  public var rise: Double
  /// The configured rate over the first (div_factor).
  public var start: Double
  /// The first rate over the last (final_div_factor).
  public var end: Double

  /// PyTorch's defaults: 0.3, 25, 10,000.
  public init() { self.init(rise: 0.3, start: 25, end: 1e4) }

  /// Makes the schedule.
  public init(rise: Double, start: Double = 25, end: Double = 1e4) {
    self.rise = rise
    self.start = start
    self.end = end
  }

  /// The factor at an update. The peak lies at update rise * updates - 1, the last rate at the last update.
  public func factor(update: Int, of updates: Int) -> Double {
    let peak = rise * Double(updates) - 1
    let last = Double(updates - 1)
    let (first, final) = (1 / start, 1 / (start * end))
    let position = Double(update)
    if position <= peak { return Self.annealed(from: first, to: 1, at: peak > 0 ? position / peak : 1) }
    return Self.annealed(from: 1, to: final, at: last > peak ? (position - peak) / (last - peak) : 1)
  }

  private static func annealed(from start: Double, to end: Double, at fraction: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(.pi * fraction))
  }

  /// Checks that the rise is in 0 ..< 1 and the divisors are at least 1.
  public func validate() throws {
    guard (0..<1).contains(rise), start >= 1, end >= 1 else {
      throw PareError(
        .usage, "one cycle rises for a share of 0 ..< 1 (\(rise)), and its divisors (\(start), \(end)) are at least 1")
    }
  }
}
