/// What stands in a residual network's shortcut whose ends differ (He, Zhang, Ren, Sun 2016, "Deep residual learning
/// for image recognition", section 3.3).
public enum ResidualShortcut: String, Sendable, CaseIterable, CustomStringConvertible {
  /// Every second pixel amid zero channels, which has no weights.
  case a
  /// A 1x1 convolution with a normalisation.
  case b

  /// The word that options take.
  public var description: String { rawValue }
}
