extension ArchitectureOption {
  /// How many classes are told apart.
  public static func classes(_ count: Int = 10, cifar: Int? = nil) -> ArchitectureOption {
    ArchitectureOption(
      "classes", default: count, cifar: cifar, in: 2...1_000_000, help: "how many classes are told apart")
  }

  /// ImageNet's thousand classes, or CIFAR's ten.
  static let imageNetClasses = classes(1000, cifar: 10)

  /// Rows and columns of the image.
  static func input(_ size: Int = 224, cifar: Int? = 32) -> ArchitectureOption {
    ArchitectureOption("input", default: size, cifar: cifar, in: 8...4096, help: "rows and columns of the image")
  }

  /// The form for ImageNet, or the one for images of 32 x 32 pixels.
  static let form = ArchitectureOption(
    "form", default: NetworkForm.imagenet, help: "cifar: stride 1 in the stem and in the next downsampling")

  /// A factor on all channel counts.
  public static let width = ArchitectureOption(
    "width", default: 1, in: 0.05...16, help: "factor on all channel counts, rounded to even numbers")

  /// A factor on all channel counts, as MobileNetV2's code rounds them.
  static func width(toMultiplesOf divisor: Int) -> ArchitectureOption {
    ArchitectureOption(
      "width", default: 1, in: 0.05...16, help: "factor on all channel counts, rounded to multiples of \(divisor)")
  }

  /// What share of the numbers in front of the classifier is set to 0 in training.
  static func dropout(_ ratio: Double, cifar: Double? = nil) -> ArchitectureOption {
    ArchitectureOption(
      "dropout", default: ratio, cifar: cifar, in: 0...0.95, help: "share of values set to 0 in training; 0 for none")
  }

  /// For what share of samples training drops the last residual branch.
  static func stochasticDepth(_ ratio: Double, cifar: Double? = nil) -> ArchitectureOption {
    ArchitectureOption(
      "stochastic_depth", default: ratio, cifar: cifar, in: 0...0.95,
      help: "share of samples that lose the last block's branch in training; 0 for none")
  }

  /// Whether residual blocks start as identities.
  static let zeroGamma = ArchitectureOption(
    "zero_gamma", default: false, help: "blocks start as identities: scale 0 in their last normalisation")

  /// The seed of the first weights.
  public static let seed = ArchitectureOption(
    "seed", default: 0, in: 0...Int(1 << 53), help: "seed of the first weights")
}
