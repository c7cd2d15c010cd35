/// What channel pruning did and why.
public struct PruningReport: Codable, Sendable, Equatable {
  /// A group of channels that are kept or removed together.
  public struct Group: Codable, Sendable, Equatable {
    /// Its name: the weights that make its channels, numbered where several groups share them.
    public var name: String
    /// All weights that have these channels as outputs.
    public var layers: [String]
    /// How many channels there were.
    public var originalChannels: Int
    /// How many are left.
    public var keptChannels: Int
    /// How accuracy falls with fewer of them, measured before the first step; nil for a group that was ignored.
    public var sensitivity: SensitivityCurve?

    enum CodingKeys: String, CodingKey {
      case name, layers, sensitivity
      case originalChannels = "original_channels"
      case keptChannels = "kept_channels"
    }
  }

  /// A layer whose outputs cannot be removed.
  public struct Blocked: Codable, Sendable, Equatable {
    /// The layer's weights.
    public var name: String
    /// How many of its outputs are concerned.
    public var channels: Int
    /// Why.
    public var reason: String
  }

  /// One round of removing channels and fine-tuning.
  public struct Step: Codable, Sendable, Equatable {
    /// Its number, from 1.
    public var step: Int
    /// What is left of the target's resource.
    public var remaining: Int
    /// Held-out top-1 before.
    public var top1Before: Double
    /// Held-out top-1 after the removal.
    public var top1Pruned: Double
    /// Held-out top-1 after fine-tuning; nil where there was none.
    public var top1FineTuned: Double?
    /// Epochs of fine-tuning.
    public var epochs: Int
    /// How often the step was halved because too much accuracy was lost at once.
    public var halvings: Int
    /// The channels left in each group, by name.
    public var keptChannels: [String: Int]

    enum CodingKeys: String, CodingKey {
      case step, remaining, epochs, halvings
      case top1Before = "top1_before"
      case top1Pruned = "top1_pruned"
      case top1FineTuned = "top1_fine_tuned"
      case keptChannels = "kept_channels"
    }
  }

  /// Costs before or after.
  public struct Costs: Codable, Sendable, Equatable {
    /// Multiply-accumulates at batch 1.
    public var macs: Int
    /// Trainable numbers.
    public var parameters: Int
  }

  /// The criterion's name.
  public var criterion: String
  /// What was asked for.
  public var target: PruningTarget
  /// The most that may be left of the target's resource.
  public var limit: Int
  /// What is left of it.
  public var remaining: Int
  /// Costs of the network as it came.
  public var before: Costs
  /// Costs of the result.
  public var after: Costs
  /// Held-out top-1 of the network as it came.
  public var top1Before: Double
  /// Held-out top-1 of the result.
  public var top1After: Double
  /// The groups in network order.
  public var groups: [Group]
  /// The layers that cannot lose outputs, and why.
  public var blocked: [Blocked]
  /// The rounds.
  public var steps: [Step]
  /// Seconds that measuring sensitivity and comparing plans took, in all steps.
  public var sensitivitySeconds: Double
  /// Seconds of ranking, choosing and removing channels in all steps; what is measured on data for that is left out.
  public var removalSeconds: Double
  /// Remarks for the user.
  public var notes: [String]

  /// Whether the target was met.
  public var isReached: Bool { remaining <= limit }

  enum CodingKeys: String, CodingKey {
    case criterion, target, limit, remaining, before, after, groups, blocked, steps, notes
    case top1Before = "top1_before"
    case top1After = "top1_after"
    case sensitivitySeconds = "sensitivity_seconds"
    case removalSeconds = "removal_seconds"
  }
}
