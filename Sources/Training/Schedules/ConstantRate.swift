/// The same rate throughout.
public struct ConstantRate: Schedule {
  /// `constant`
  public static let identifier = "constant"
  /// One line for help texts.
  public static let summary = "the same rate throughout"

  /// Makes the schedule.
  public init() {}

  /// 1.
  public func factor(update: Int, of updates: Int) -> Double { 1 }
}
