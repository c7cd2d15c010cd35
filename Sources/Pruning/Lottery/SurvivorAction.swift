/// What the weights that a ticket keeps start from (Zhou et al. 2019, section 4).
public enum SurvivorAction: String, Codable, Sendable, CaseIterable {
  /// From what they were where the search rewinds to.
  case rewind
  /// Drawn again: the layer's values of then in random order. Values that were drawn independently of each other are so
  /// again, from the same distribution, but none stays where its training found it useful.
  case redraw
  /// Drawn again likewise, each with the sign it had.
  case redrawSign = "redraw-sign"
  /// Fresh normal numbers of the deviation of the layer's values.
  case fresh
  /// Fresh numbers likewise, each with the sign it had.
  case freshSign = "fresh-sign"
  /// From a constant with the sign they had: ± the deviation of the layer's values.
  case constantSign = "constant-sign"
  /// From the constant with a sign that is drawn: the control for signs.
  case randomSign = "random-sign"

  /// One line for the help.
  public var summary: String {
    switch self {
    case .rewind: "the value they had"
    case .redraw: "the layer's values in random order"
    case .redrawSign: "these with the sign they had"
    case .fresh: "fresh normal numbers"
    case .freshSign: "these with the sign they had"
    case .constantSign: "a constant with the sign they had"
    case .randomSign: "the constant with a random sign"
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
