/// What images a network is cut out for.
public enum NetworkForm: String, Sendable, CaseIterable, CustomStringConvertible {
  /// As the paper has it for ImageNet.
  case imagenet
  /// For images of 32 x 32 pixels: stride 1 in the stem and in the first downsampling behind it, so that 4 x 4 pixels
  /// are left in the last stage.
  case cifar

  /// The word that options take.
  public var description: String { rawValue }
}
