/// An option of an architecture: `width=0.5` in `zoo:resnet20?width=0.5`.
public struct ArchitectureOption: Sendable, Equatable {
  /// What an option can be set to.
  public enum Value: Sendable, Equatable {
    /// A number; 0 and 1 for a switch.
    case number(Double)
    /// One of several words.
    case choice(String)
  }

  /// The values that an option may have.
  public enum Domain: Sendable, Equatable {
    /// Whole numbers of a range.
    case integers(ClosedRange<Int>)
    /// Numbers of a range.
    case numbers(ClosedRange<Double>)
    /// These numbers and no others.
    case oneOf([Double])
    /// One of these words.
    case choices([String])
    /// `true` and `false`, which may also be written 1 and 0.
    case flag
  }

  /// The option's name.
  public var name: String
  /// What it means, on one line.
  public var help: String
  /// The values that it may have.
  public var domain: Domain
  /// The value where it is left out.
  public var defaultValue: Value
  /// The value where it is left out and the network has its form for CIFAR; nil: the same.
  public var cifarDefault: Value?

  private init(_ name: String, _ domain: Domain, _ value: Value, cifar: Value? = nil, help: String) {
    self.name = name
    self.help = help
    self.domain = domain
    defaultValue = value
    cifarDefault = cifar
  }

  /// An option with whole values, and its other default in the form for CIFAR where it has one.
  public init(
    _ name: String, default value: Int, cifar: Int? = nil, in range: ClosedRange<Int>, help: String
  ) {
    self.init(name, .integers(range), .number(Double(value)), cifar: cifar.map { .number(Double($0)) }, help: help)
  }

  /// An option with any number as value, and its other default in the form for CIFAR where it has one.
  public init(
    _ name: String, default value: Double, cifar: Double? = nil, in range: ClosedRange<Double>, help: String
  ) {
    self.init(name, .numbers(range), .number(value), cifar: cifar.map { .number($0) }, help: help)
  }

  /// An option with one of a few numbers as value.
  public init(_ name: String, default value: Double, oneOf values: [Double], help: String) {
    precondition(values.contains(value), "\(value) is none of \(values)")
    self.init(name, .oneOf(values), .number(value), help: help)
  }

  /// An option with one of a few words as value; the words are those of an enumeration.
  public init<Word: RawRepresentable<String> & CaseIterable>(_ name: String, default value: Word, help: String) {
    self.init(name, .choices(Word.allCases.map(\.rawValue)), .choice(value.rawValue), help: help)
  }

  /// A switch.
  public init(_ name: String, default value: Bool, help: String) {
    self.init(name, .flag, .number(value ? 1 : 0), help: help)
  }
}

extension ArchitectureOption {
  /// The default as text: `10`, `1.0`, `imagenet`; `1000 (cifar: 10)` where the form decides.
  public var defaultText: String {
    text(of: defaultValue) + (cifarDefault.map { " (cifar: \(text(of: $0)))" } ?? "")
  }

  /// The values as text: `1 to 1000`, `imagenet or cifar`.
  public var rangeText: String {
    switch domain {
    case .integers(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .numbers(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .oneOf(let values): Self.joined(values.map { text(of: .number($0)) })
    case .choices(let words): Self.joined(words)
    case .flag: "true or false"
    }
  }

  /// What is expected, as a message says it: `a whole number from 1 to 1000`.
  var expectation: String {
    switch domain {
    case .integers: "a whole number from \(rangeText)"
    case .numbers: "a number from \(rangeText)"
    case .oneOf, .choices, .flag: rangeText
    }
  }

  /// The value that a text stands for; nil where it stands for none that is allowed.
  func value(of text: String) -> Value? {
    switch domain {
    case .integers(let range):
      return Double(text).flatMap { Int(exactly: $0) }.flatMap { range.contains($0) ? .number(Double($0)) : nil }
    case .numbers(let range): return Double(text).flatMap { range.contains($0) ? .number($0) : nil }
    case .oneOf(let values): return Double(text).flatMap { values.contains($0) ? .number($0) : nil }
    case .choices(let words): return words.contains(text) ? .choice(text) : nil
    case .flag:
      let words = ["true": 1.0, "1": 1, "false": 0, "0": 0]
      return words[text].map { .number($0) }
    }
  }

  private func text(of value: Value) -> String {
    switch (value, domain) {
    case (.choice(let word), _): word
    case (.number(let number), .flag): number == 1 ? "true" : "false"
    case (.number(let number), .numbers): String(number)
    case (.number(let number), _): number == number.rounded() ? String(Int(number)) : String(number)
    }
  }

  private static func joined(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
  }
}
