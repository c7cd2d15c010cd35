import Tensors

/// How far a group of channels may shrink.
public struct ChannelLimits: Codable, Sendable, Equatable {
  /// The fraction of the group's original channels that stays at least, 0 to 1.
  public var fraction: Double
  /// The number of channels that stay at least (all where a group has fewer).
  public var channels: Int
  /// Numbers of kept channels are multiples of this, or what the group had. Vector units like 8 or 16.
  public var roundTo: Int

  enum CodingKeys: String, CodingKey {
    case fraction, channels
    case roundTo = "round_to"
  }

  /// A tenth of the channels and at least 2 of them stay, any number of them: layers that lose everything are the known
  /// way for global budgets to break a network.
  public init(fraction: Double = 0.1, channels: Int = 2, roundTo: Int = 1) {
    self.fraction = fraction
    self.channels = channels
    self.roundTo = roundTo
  }

  /// Reads limits; keys that are left out have the defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let usual = ChannelLimits()
    fraction = try values.decodeIfPresent(Double.self, forKey: .fraction) ?? usual.fraction
    channels = try values.decodeIfPresent(Int.self, forKey: .channels) ?? usual.channels
    roundTo = try values.decodeIfPresent(Int.self, forKey: .roundTo) ?? usual.roundTo
  }

  /// Checks the numbers.
  /// - Throws: `PareError.usage` naming the one that is out of range.
  public func validate() throws {
    guard (0...1).contains(fraction) else {
      throw PareError(.usage, "a floor of \(fraction) of the channels; it must be 0 to 1")
    }
    guard channels >= 1 else { throw PareError(.usage, "a floor of \(channels) channels; at least 1 has to stay") }
    guard roundTo >= 1 else { throw PareError(.usage, "rounding channels to \(roundTo); it must be at least 1") }
  }

  /// The fewest channels that a group with so many originally may keep: max(fraction * original, channels), rounded up
  /// to a multiple of `roundTo`, but never more than there are.
  public func floor(original: Int) -> Int {
    let least = max(Int((fraction * Double(original)).rounded(.up)), channels)
    return min(original, (least + roundTo - 1) / roundTo * roundTo)
  }

  /// The greatest number of channels below `kept` by at least `step` that is allowed; nil where there is none.
  ///
  /// Close to the floor the step is cut short.
  func next(below kept: Int, step: Int, original: Int) -> Int? {
    let floor = floor(original: original)
    let wanted = max(kept - max(step, 1), floor)
    let rounded = max(wanted / roundTo * roundTo, floor)
    return rounded < kept ? rounded : nil
  }
}
