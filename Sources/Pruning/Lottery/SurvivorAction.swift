/// What the weights that a ticket keeps start from (Zhou et al. 2019, section 4).
public enum SurvivorAction: String, Codable, Sendable, CaseIterable {
  /// From what they were where the search rewinds to.
  case rewind
  /// Drawn again: the layer's values of then in random order. Values that were drawn independently of each other are so
  /// again, from the same distribution, but none stays where its training found it useful.
  case redraw
  /// From a constant with the sign they had: ± the deviation of the layer's values.
  case constantSign = "constant-sign"

  /// One line for the help.
  public var summary: String {
    switch self {
    case .rewind: "the value they had"
    case .redraw: "drawn again"
    case .constantSign: "a constant with the sign they had"
    }
  }
}

/// What becomes of the weights that a ticket leaves out (Zhou et al. 2019, section 3).
public enum PrunedAction: String, Codable, Sendable, CaseIterable {
  /// They are zero.
  case zero
  /// They stay what they were where the search rewinds to, and are not trained.
  case initial = "init"

  /// One line for the help.
  public var summary: String {
    switch self {
    case .zero: "zero"
    case .initial: "what they were, untrained"
    }
  }
}
