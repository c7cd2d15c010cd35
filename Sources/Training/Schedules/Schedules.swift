import Tensors

/// The schedules there are; a new one is a file and a line here.
public enum Schedules {
  /// Every schedule.
  public static let all: [any Schedule.Type] = [
    ConstantRate.self, StepDecay.self, CosineDecay.self, OneCycle.self,
  ]

  /// The schedule of a name.
  /// - Throws: `PareError.usage` for an unknown name, listing those there are.
  public static func type(named name: String) throws -> any Schedule.Type {
    guard let type = all.first(where: { $0.identifier == name }) else {
      let names = all.map { $0.identifier }.joined(separator: ", ")
      throw PareError(.usage, "there is no schedule '\(name)'; choose one of \(names)")
    }
    return type
  }
}

/// A schedule that can be stored: its name and its numbers side by side.
public struct NamedSchedule: Codable, Sendable, Equatable {
  /// The schedule.
  public var schedule: any Schedule

  private enum CodingKeys: String, CodingKey { case name }

  /// Wraps a schedule.
  public init(_ schedule: any Schedule) { self.schedule = schedule }

  /// The schedule of a name, with its usual numbers.
  /// - Throws: `PareError.usage` for an unknown name.
  public init(named name: String) throws { self.init(try Schedules.type(named: name).init()) }

  /// Reads a name alone (`cosine`), or an object with `name` and numbers.
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      try self.init(named: name)
      return
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let type = try Schedules.type(named: try values.decode(String.self, forKey: .name))
    self.init(try type.init(from: decoder))
  }

  /// Writes `name` and the schedule's numbers.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(type(of: schedule).identifier, forKey: .name)
    try schedule.encode(to: encoder)
  }

  /// The rate's factor at an update, with a linear warm-up in front: (update + 1) / warmup of the first factor, then
  /// the schedule over what remains.
  public func factor(update: Int, of updates: Int, warmup: Int) -> Double {
    let warmup = min(max(warmup, 0), updates)
    let rest = updates - warmup
    if update < warmup { return schedule.factor(update: 0, of: max(rest, 1)) * Double(update + 1) / Double(warmup) }
    return schedule.factor(update: update - warmup, of: max(rest, 1))
  }

  /// Equal when kind and numbers are.
  public static func == (a: NamedSchedule, b: NamedSchedule) -> Bool { isEqual(a.schedule, b.schedule) }

  private static func isEqual<A: Schedule>(_ a: A, _ b: any Schedule) -> Bool { a == b as? A }
}
