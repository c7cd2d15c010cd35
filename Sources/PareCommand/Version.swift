import Pare

/// What `pare --version` prints.
enum Version {
  /// The version of the package.
  static let number = "0.1.0"

  /// The version, and what computes on this machine.
  static var text: String { "\(number) (oneDNN \(Engine.oneDNNVersion), \(Engine.instructionSet))" }
}
