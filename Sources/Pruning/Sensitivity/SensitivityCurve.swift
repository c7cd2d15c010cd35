import Foundation

/// How held-out accuracy falls as channels of one group are removed, or weights of one layer become zero, without
/// fine-tuning. What follows speaks of channels and means either.
public struct SensitivityCurve: Codable, Sendable, Equatable {
  /// A measurement.
  public struct Point: Codable, Sendable, Equatable {
    /// How many channels were removed.
    public var removed: Int
    /// They as a fraction of the group's channels.
    public var fraction: Double
    /// Held-out top-1 without them.
    public var top1: Double
    /// Held-out cross-entropy without them; nil: not measured, or no number.
    public var loss: Double?

    /// Makes a point.
    public init(removed: Int, fraction: Double, top1: Double, loss: Double? = nil) {
      self.removed = removed
      self.fraction = fraction
      self.top1 = top1
      self.loss = loss.flatMap { $0.isFinite ? $0 : nil }
    }
  }

  /// Held-out top-1 with all channels.
  public var top1: Double
  /// Held-out cross-entropy with all channels; nil: not measured, or no number.
  public var loss: Double?
  /// What was measured, by rising number of channels removed.
  public var points: [Point]

  /// Makes a curve.
  public init(top1: Double, loss: Double? = nil, points: [Point]) {
    self.top1 = top1
    self.loss = loss.flatMap { $0.isFinite ? $0 : nil }
    self.points = points.sorted { $0.removed < $1.removed }
  }

  /// The top-1 that the removal of a fraction of the channels is expected to cost: linear between (0, 0), the measured
  /// drops and (1, top1 - chance). Drops count as at least 0 and never fall from point to point: an accuracy that rises
  /// when channels go is noise.
  ///
  /// - Parameter chance: the top-1 of a network that sees nothing, 1 / classes.
  public func predictedDrop(removing fraction: Double, chance: Double) -> Double {
    Self.interpolated(
      points.map { ($0.fraction, top1 - $0.top1) }, end: max(0, top1 - chance), at: fraction)
  }

  /// What removal is predicted to cost, as a number that adds up over groups: the rise of the cross-entropy, which tells small
  /// losses apart where hardly a sample changes sides. Without any channel it is that of guessing, or steeper yet where
  /// measurements are; a network whose loss is no number guesses, too. Where it was not measured, minus the logarithm of the share that is left of what the network knows above chance, a hundredth at least.
  ///
  /// Drops themselves end where nothing is left to lose: what ruins a network would then seem to cost little more than
  /// what hurts it, and less for each multiply-accumulate saved.
  func predictedLoss(removing fraction: Double, chance: Double) -> Double {
    if let loss {
      let guessing = max(0, -log(chance) - loss)
      let rises = points.map { ($0.fraction, $0.loss.map { $0 - loss } ?? guessing) }
      let steepest = rises.map { $1 / $0 }.max() ?? 0
      return Self.interpolated(rises, end: max(guessing, steepest), at: fraction)
    }
    guard top1 > chance else { return 0 }
    let left = 1 - predictedDrop(removing: fraction, chance: chance) / (top1 - chance)
    return -log(max(left, 0.01))
  }

  /// Linear between (0, 0), the points and (1, end), never falling.
  private static func interpolated(
    _ points: [(fraction: Double, height: Double)], end: Double, at fraction: Double
  ) -> Double {
    var (previous, height) = (0.0, 0.0)
    for next in points + [(1.0, end)] where next.fraction > previous {
      let higher = max(height, next.height)
      if fraction <= next.fraction {
        return height + (higher - height) * (fraction - previous) / (next.fraction - previous)
      }
      (previous, height) = (next.fraction, higher)
    }
    return height
  }

  /// What the curve says of the channels that are left once some are gone.
  ///
  /// - Parameters:
  ///   - original: how many channels it was measured with.
  ///   - kept: how many are left.
  ///   - chance: the top-1 of a network that sees nothing.
  func continued(original: Int, kept: Int, chance: Double) -> SensitivityCurve {
    let gone = original - kept
    let fraction = Double(gone) / Double(max(original, 1))
    return SensitivityCurve(
      top1: top1 - predictedDrop(removing: fraction, chance: chance),
      loss: loss.map { $0 + predictedLoss(removing: fraction, chance: chance) },
      points: points.filter { $0.removed > gone }.map {
        Point(
          removed: $0.removed - gone, fraction: Double($0.removed - gone) / Double(max(kept, 1)), top1: $0.top1,
          loss: $0.loss)
      })
  }
}
