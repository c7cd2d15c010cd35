/// How the learning rate changes over a training.
///
/// Adding one: a file here and a line in `Schedules.all`.
public protocol Schedule: Codable, Sendable, Equatable {
  /// The name on the command line and in recipes.
  static var identifier: String { get }
  /// One line for help texts.
  static var summary: String { get }
  /// The schedule with its usual numbers.
  init()

  /// The factor on the configured rate at update `update` of `updates`, both counted after the warm-up.
  func factor(update: Int, of updates: Int) -> Double

  /// Checks the numbers.
  /// - Throws: `PareError.usage` naming the one that is out of range.
  func validate() throws
}

extension Schedule {
  /// Nothing can be wrong.
  public func validate() throws {}
}
