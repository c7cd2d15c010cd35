import Tensors

/// A random shift without mirroring: for digits and other signs that a mirror changes.
public struct Shift: AugmentationPolicy, Equatable {
  /// `shift`
  public static let identifier = "shift"
  /// One line for help texts.
  public static let summary = "shifted by up to 1 pixel, never mirrored (digits)"

  /// The largest shift in pixels.
  public var distance: Int

  /// One pixel.
  public init() { self.init(distance: 1) }

  /// Makes the policy; `distance` must not be negative.
  public init(distance: Int) {
    precondition(distance >= 0, "a shift of \(distance) pixels")
    self.distance = distance
  }

  /// Shifts uniform in -distance ... distance, each axis on its own.
  public func placement(from random: inout RandomSource) -> Placement {
    let down = random.index(below: 2 * distance + 1) - distance
    return Placement(down: down, right: random.index(below: 2 * distance + 1) - distance, isFlipped: false)
  }
}
