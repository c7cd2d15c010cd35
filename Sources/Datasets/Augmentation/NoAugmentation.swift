import Tensors

/// Training images stay as they are.
public struct NoAugmentation: AugmentationPolicy, Equatable {
  /// `none`
  public static let identifier = "none"
  /// One line for help texts.
  public static let summary = "images stay as they are"

  /// Makes the policy.
  public init() {}

  /// The image as it is; draws nothing.
  public func placement(from random: inout RandomSource) -> Placement { .identity }
}
