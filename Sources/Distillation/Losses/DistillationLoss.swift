import Training

/// A loss that learns from a teacher. Adding one: a new file here and a line in `DistillationLosses`.
public protocol DistillationLoss: Objective, Codable, Equatable {
  /// The name in recipes and on the command line.
  static var identifier: String { get }
  /// One line for help texts.
  static var summary: String { get }
}
