import Foundation
import Tensors

/// The rate falls along half a cosine: floor + (1 - floor) (1 + cos(pi t / T)) / 2 (Loshchilov and Hutter 2017, eq. 5,
/// without restarts).
public struct CosineDecay: Schedule {
  /// `cosine`
  public static let identifier = "cosine"
  /// One line for help texts.
  public static let summary = "falling along half a cosine to zero"

  /// The factor that the rate would reach at the end.
  public var floor: Double

  /// Down to zero.
  public init() { self.init(floor: 0) }

  /// Makes the schedule.
  public init(floor: Double) { self.floor = floor }

  /// The formula with t updates made of T.
  public func factor(update: Int, of updates: Int) -> Double {
    floor + (1 - floor) * (1 + cos(.pi * Double(update) / Double(max(updates, 1)))) / 2
  }

  /// Checks that the floor is in 0 ... 1.
  public func validate() throws {
    guard (0...1).contains(floor) else { throw PareError(.usage, "the floor \(floor) of a cosine must be 0 to 1") }
  }
}
