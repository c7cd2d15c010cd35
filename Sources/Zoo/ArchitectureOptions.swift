import Graphs
import Tensors

/// The values of an architecture's options, checked: known names, numbers in their ranges.
public struct ArchitectureOptions: Sendable, Equatable {
  private let values: [String: Double]

  /// Every option at its default.
  public init(defaultsOf options: [ArchitectureOption]) {
    values = Dictionary(uniqueKeysWithValues: options.map { ($0.name, $0.defaultValue) })
  }

  /// The values given as text; options left out have their defaults.
  /// - Throws: `PareError.usage` for an unknown option, or a value that is no number or out of range.
  public init(_ texts: [String: String], of options: [ArchitectureOption]) throws {
    var values: [String: Double] = [:]
    for option in options {
      guard let text = texts[option.name] else {
        values[option.name] = option.defaultValue
        continue
      }
      let kind = option.isInteger ? "whole number" : "number"
      guard let value = Double(text), option.range.contains(value), !option.isInteger || value == value.rounded() else {
        throw PareError(.usage, "\(option.name)=\(text): expected a \(kind) from \(option.rangeText)")
      }
      values[option.name] = value
    }
    if let unknown = texts.keys.sorted().first(where: { values[$0] == nil }) {
      throw PareError(
        .usage, "there is no option \"\(unknown)\"; there are \(options.map(\.name).joined(separator: ", "))")
    }
    self.values = values
  }

  /// The value of an option that the architecture declares.
  public func number(_ name: String) -> Double {
    guard let value = values[name] else { preconditionFailure("the architecture declares no option \"\(name)\"") }
    return value
  }

  /// The value of an option with whole values.
  public func integer(_ name: String) -> Int { Int(number(name)) }

  /// How many classes are told apart.
  var classes: Int { integer("classes") }

  /// He's initialiser with the seed given (2015, eq. 10: variance 2/inputs).
  var initializer: HeInitializer { HeInitializer(seed: UInt64(integer("seed")), fan: .input) }

  /// A channel count times `width`, rounded to an even number so that zero channels fit around it evenly.
  func channels(_ count: Int) -> Int { max(2, 2 * Int((Double(count) * number("width") / 2).rounded())) }
}
