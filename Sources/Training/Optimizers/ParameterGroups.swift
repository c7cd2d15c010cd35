import Engine
import Graphs
import Tensors

/// Which parameters are decayed, and which learn faster or slower than the rest.
public struct ParameterGroups: Codable, Sendable, Equatable {
  /// An exception for parameters whose name matches.
  public struct Rule: Codable, Sendable, Equatable {
    /// A name in which `*` stands for any text: `fc.*`.
    public var pattern: String
    /// A factor on the learning rate; 0 freezes.
    public var rateFactor: Double
    /// The weight decay; nil: as without the rule.
    public var weightDecay: Double?

    enum CodingKeys: String, CodingKey {
      case pattern
      case rateFactor = "rate_factor"
      case weightDecay = "weight_decay"
    }

    /// Makes a rule.
    public init(_ pattern: String, rateFactor: Double = 1, weightDecay: Double? = nil) {
      self.pattern = pattern
      self.rateFactor = rateFactor
      self.weightDecay = weightDecay
    }
  }

  /// Whether additive biases are decayed.
  public var decaysBiases: Bool
  /// Whether a normalisation's scale and shift are decayed.
  public var decaysNormalization: Bool
  /// Whether depthwise filters are decayed.
  public var decaysDepthwise: Bool
  /// Exceptions; the first that matches counts.
  public var rules: [Rule]

  enum CodingKeys: String, CodingKey {
    case decaysBiases = "decay_biases"
    case decaysNormalization = "decay_normalization"
    case decaysDepthwise = "decay_depthwise"
    case rules
  }

  /// Makes groups; by default only full filters and dense weights are decayed.
  public init(
    decaysBiases: Bool = false, decaysNormalization: Bool = false, decaysDepthwise: Bool = false, rules: [Rule] = []
  ) {
    self.decaysBiases = decaysBiases
    self.decaysNormalization = decaysNormalization
    self.decaysDepthwise = decaysDepthwise
    self.rules = rules
  }

  /// Everything decayed alike, as PyTorch does by default.
  public static let uniform = ParameterGroups(decaysBiases: true, decaysNormalization: true, decaysDepthwise: true)

  /// The settings of a parameter.
  public func settings(for name: String, role: ParameterRole, weightDecay: Double) -> UpdateSettings {
    let isDecayed =
      switch role {
      case .bias: decaysBiases
      case .normalizationScale, .normalizationShift: decaysNormalization
      case .depthwiseWeight: decaysDepthwise
      default: true
      }
    let usual = isDecayed ? weightDecay : 0
    guard let rule = rules.first(where: { Self.matches(name, $0.pattern) }) else {
      return UpdateSettings(rateFactor: 1, weightDecay: usual)
    }
    return UpdateSettings(rateFactor: rule.rateFactor, weightDecay: rule.weightDecay ?? usual)
  }

  /// Whether a name fits a pattern in which `*` stands for any text, also none.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, let last = parts.last else { return name == pattern }
    guard name.hasPrefix(first), name.hasSuffix(last), name.count >= first.count + last.count else { return false }
    var rest = name.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
