/// The paths around SqueezeNet's modules (Iandola et al. 2016, "SqueezeNet", figure 2).
public enum FireBypass: String, Sendable, CaseIterable, CustomStringConvertible {
  /// None.
  case none
  /// Around modules whose ends are alike.
  case simple
  /// Around all, with a 1x1 convolution where the ends differ.
  case complex

  /// The word that options take.
  public var description: String { rawValue }
}
