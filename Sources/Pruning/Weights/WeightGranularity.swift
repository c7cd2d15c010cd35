import Graphs
import Tensors

/// What is set to zero together.
public enum WeightGranularity: Sendable, Equatable, Hashable {
  /// Each weight by itself.
  case weight
  /// Of every `of` neighbours along the inputs, all but `kept`: 2:4 is what sparse tensor cores read.
  case pattern(kept: Int, of: Int)
  /// Blocks of so many inputs by so many outputs, at one position of the kernel. 1x16: sixteen outputs of one input,
  /// what a vector unit multiplies at once.
  case block(inputs: Int, outputs: Int)
  /// The kernel, all positions, that leads from one input channel to one output channel of a convolution.
  case kernel

  /// How granularities are written, with a line each for help texts.
  public static let forms: [(form: String, summary: String)] = [
    ("weight", "single weights"), ("2:4", "all but N of M inputs in a row"),
    ("block:1x16", "blocks of inputs x outputs"), ("kernel", "a convolution's kernels"),
  ]

  /// Reads `weight`, `2:4`, `block:1x16` or `kernel`.
  /// - Throws: `PareError.usage` for other text and numbers that make no sense.
  public init(parsing text: String) throws {
    func numbers(_ text: Substring, _ separator: Character) -> (Int, Int)? {
      let parts = text.split(separator: separator, omittingEmptySubsequences: false).map { Int($0) }
      guard parts.count == 2, let first = parts[0], let second = parts[1], first >= 1, second >= 1, second <= 1024
      else { return nil }
      return (first, second)
    }
    switch text {
    case "weight": self = .weight
    case "kernel": self = .kernel
    default:
      if text.hasPrefix("block:"), let (inputs, outputs) = numbers(text.dropFirst(6), "x"), inputs <= 1024 {
        self = .block(inputs: inputs, outputs: outputs)
      } else if let (kept, all) = numbers(text[...], ":"), kept < all {
        self = .pattern(kept: kept, of: all)
      } else {
        let forms = Self.forms.map { "\($0.form) (\($0.summary))" }.joined(separator: ", ")
        throw PareError(.usage, "\"\(text)\" is no granularity of weights; write \(forms)")
      }
    }
  }

  /// The text that `init(parsing:)` reads.
  public var text: String {
    switch self {
    case .weight: "weight"
    case .pattern(let kept, let all): "\(kept):\(all)"
    case .block(let inputs, let outputs): "block:\(inputs)x\(outputs)"
    case .kernel: "kernel"
    }
  }

  /// The sparsity that the granularity itself decides; nil where it may be any.
  public var fixedSparsity: Double? {
    if case .pattern(let kept, let all) = self { return 1 - Double(kept) / Double(all) }
    return nil
  }
}

extension WeightGranularity: Codable {
  /// Reads the text.
  public init(from decoder: any Decoder) throws {
    try self.init(parsing: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
