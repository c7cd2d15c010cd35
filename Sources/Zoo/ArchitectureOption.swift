/// An option of an architecture: `width=0.5` in `zoo:resnet20?width=0.5`.
public struct ArchitectureOption: Sendable, Equatable {
  /// The option's name.
  public var name: String
  /// What it means, on one line.
  public var help: String
  /// The value where it is left out.
  public var defaultValue: Double
  /// The values that it may have.
  public var range: ClosedRange<Double>
  /// Whether only whole numbers are allowed.
  public var isInteger: Bool

  /// An option with whole values.
  public init(_ name: String, default defaultValue: Int, in range: ClosedRange<Int>, help: String) {
    self.name = name
    self.help = help
    self.defaultValue = Double(defaultValue)
    self.range = Double(range.lowerBound)...Double(range.upperBound)
    isInteger = true
  }

  /// An option with any number as value.
  public init(_ name: String, default defaultValue: Double, in range: ClosedRange<Double>, help: String) {
    self.name = name
    self.help = help
    self.defaultValue = defaultValue
    self.range = range
    isInteger = false
  }

  /// The default as text: `10`, `1.0`.
  public var defaultText: String { text(of: defaultValue) }

  /// The range as text: `1 to 1000`.
  public var rangeText: String { "\(text(of: range.lowerBound)) to \(text(of: range.upperBound))" }

  private func text(of value: Double) -> String { isInteger ? String(Int(value)) : String(value) }
}

extension ArchitectureOption {
  /// How many classes are told apart.
  public static func classes(_ count: Int = 10) -> ArchitectureOption {
    ArchitectureOption("classes", default: count, in: 2...1_000_000, help: "how many classes are told apart")
  }

  /// A factor on all channel counts.
  public static let width = ArchitectureOption(
    "width", default: 1, in: 0.05...16, help: "factor on all channel counts, rounded to even numbers")

  /// The seed of the first weights.
  public static let seed = ArchitectureOption(
    "seed", default: 0, in: 0...Int(1 << 53), help: "seed of the first weights")
}
