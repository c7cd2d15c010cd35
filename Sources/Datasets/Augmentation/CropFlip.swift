import Tensors

/// A random crop of the image padded with black, mirrored half of the time: the usual variation for CIFAR (He et al.
/// 2016, section 4.2).
public struct CropFlip: AugmentationPolicy, Equatable {
  /// `crop-flip`
  public static let identifier = "crop-flip"
  /// One line for help texts.
  public static let summary = "shifted by up to 4 pixels and mirrored half of the time"

  /// Pixels of padding on each side: the largest shift.
  public var pad: Int
  /// Whether images are mirrored half of the time.
  public var flip: Bool

  /// Four pixels, with mirroring.
  public init() { self.init(pad: 4, flip: true) }

  /// Makes the policy; `pad` must not be negative.
  public init(pad: Int, flip: Bool) {
    precondition(pad >= 0, "padding of \(pad) pixels")
    self.pad = pad
    self.flip = flip
  }

  /// Shifts uniform in -pad ... pad, each axis on its own.
  public func placement(from random: inout RandomSource) -> Placement {
    let down = random.index(below: 2 * pad + 1) - pad
    let right = random.index(below: 2 * pad + 1) - pad
    return Placement(down: down, right: right, isFlipped: flip && random.next() >> 63 == 1)
  }
}
