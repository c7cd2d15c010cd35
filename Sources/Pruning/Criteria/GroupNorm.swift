import Graphs

/// The squared Euclidean norm of everything that is removed with a channel: its filters, its normalisations' scales,
/// and the slices of the next layers that read it: s = aggregate over these slices w of sum w², normalised.
///
/// Fang, Ma, Song, Bi Mi, Wang 2023, "DepGraph: towards any structural pruning", equation 4 (there the sum over the
/// group, which is also the default here). Biases, shifts and running statistics do not count: they are small in number
/// and their size says nothing of what the channel carries.
public struct GroupNorm: PruningCriterion {
  /// `group`.
  public static let identifier = "group"
  /// For the help.
  public static let summary =
    "the smallest norms of all that a channel is coupled to, next layers included, go first (Fang et al. 2023)"

  /// Makes the criterion.
  public init() {}

  /// The normalised norms.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    let slots = group.slots.filter { slot in
      context.outputAxes[slot.value] == slot.axis || context.inputAxes[slot.value] == slot.axis
        || context.scales.contains(slot.value)
    }
    return try context.sliceScores(for: group, along: slots) { slices in
      slices.map { $0.reduce(0) { $0 + Double($1) * Double($1) } }
    }
  }
}
