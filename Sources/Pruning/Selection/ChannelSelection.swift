import Tensors

/// How it is decided how many channels each group loses.
public enum ChannelSelection: String, Codable, Sendable, CaseIterable {
  /// By measured sensitivity: the least predicted loss per cost saved, by the best of some plans.
  case sensitivity
  /// The same share from every group.
  case uniform
  /// By one threshold: the channels with the lowest scores of the whole network go, whatever their group.
  case global

  /// One line for the help.
  public var summary: String {
    switch self {
    case .sensitivity: "by measured sensitivity"
    case .uniform: "the same share of every layer"
    case .global: "the lowest scores of the whole network"
    }
  }
}

/// The fraction of its channels, or of its weights, that a layer loses.
public struct LayerRatio: Codable, Sendable, Equatable {
  /// Names of weights or nodes; `*` for any characters, `?` for one.
  public var pattern: String
  /// The fraction that is removed, 0 to below 1.
  public var removed: Double

  /// Makes a ratio.
  public init(_ pattern: String, removed: Double) {
    self.pattern = pattern
    self.removed = removed
  }

  /// Reads `layer1.*=0.6`.
  /// - Throws: `PareError.usage` for other text and a fraction out of range.
  public init(parsing text: String) throws {
    guard let place = text.lastIndex(of: "="), place > text.startIndex,
      let removed = Double(text[text.index(after: place)...])
    else { throw PareError(.usage, "\"\(text)\" is not a layer's ratio; write it as layer1.*=0.6") }
    self.init(String(text[..<place]), removed: removed)
    try validate()
  }

  /// Checks the fraction.
  /// - Throws: `PareError.usage` where it is out of range.
  public func validate() throws {
    guard removed >= 0, removed < 1 else {
      throw PareError(.usage, "\(pattern) is to lose a fraction of \(removed); it must be from 0 to below 1")
    }
  }
}
