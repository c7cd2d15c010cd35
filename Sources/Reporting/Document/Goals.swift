extension ReportDocument {
  /// One thing that was asked of the result.
  public struct Target: Codable, Sendable, Equatable {
    /// `macs`, `parameters`, `channels`, `size`, `pare_size`, `memory`, `latency` or `fps`.
    public var kind: String
    /// What was asked: a fraction of the original, or an absolute figure in the kind's unit (bytes, ms, ...).
    public var asked: Double?
    /// What the written file has, in the same unit as `asked`.
    public var reached: Double?
    /// Whether that is enough.
    public var met: Bool
    /// Whether `asked` and `reached` are absolute rather than fractions of the original.
    public var absolute: Bool

    /// A target and what became of it.
    public init(kind: String, asked: Double, reached: Double? = nil, met: Bool, absolute: Bool = false) {
      self.kind = kind
      self.asked = asked
      self.reached = reached
      self.met = met
      self.absolute = absolute
    }
  }

  /// What the accuracy must not fall below.
  public struct Guards: Codable, Sendable, Equatable {
    /// The largest drop of top-1 that is allowed, as a fraction.
    public var maxDrop: Double?
    /// The smallest top-1 that is allowed, as a fraction.
    public var minTop1: Double?

    /// Guards; an absent one guards nothing.
    public init(maxDrop: Double? = nil, minTop1: Double? = nil) {
      self.maxDrop = maxDrop
      self.minTop1 = minTop1
    }

    enum CodingKeys: String, CodingKey {
      case maxDrop = "max_drop"
      case minTop1 = "min_top1"
    }
  }

  /// Whether the result may be shipped, and why.
  public struct Verdict: Codable, Sendable, Equatable {
    /// The answer.
    public enum Ship: String, Codable, Sendable, CaseIterable {
      /// Every target and guard holds.
      case yes
      /// A target or a guard fails.
      case no
      /// It holds, but something wants a look first.
      case withCare = "with care"
    }

    /// The answer.
    public var ship: Ship
    /// The reasons, one sentence each, weightiest first.
    public var reasons: [String]

    /// An answer and its reasons.
    public init(ship: Ship, reasons: [String]) {
      self.ship = ship
      self.reasons = reasons
    }
  }
}
