/// A fault that the caller or the input is responsible for: what happened, where, and what to do about it.
///
/// The command line maps `code` to an exit status. Faults of the program itself are preconditions, not errors.
public struct PareError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of fault it is; each kind has one exit status.
  public enum Code: String, Sendable, Codable {
    /// Arguments that contradict each other or are out of range (64).
    case usage
    /// A file, model or dataset whose content cannot be used (65).
    case badInput
    /// A file or folder that is not there (66).
    case notFound
    /// An operator, attribute or form that Pare does not run (65).
    case unsupported
    /// A fault inside Pare (70).
    case internalFault
    /// A file or folder that cannot be written (73).
    case cannotWrite
    /// A budget that could not be met; the best result is still written (75).
    case targetNotReached
    /// Work that was interrupted by the user; a checkpoint has been written (130).
    case interrupted
  }

  /// What kind of fault it is.
  public var code: Code
  /// One line: what happened and what to do.
  public var message: String
  /// Where it happened, from the outside in: ("file", "a.onnx"), ("node", "conv1"), ("operator", "Conv").
  public var context: [(key: String, value: String)]

  /// Makes an error from its parts.
  public init(_ code: Code, _ message: String, context: KeyValuePairs<String, String> = [:]) {
    self.code = code
    self.message = message
    self.context = context.map { ($0.key, $0.value) }
  }

  /// The same error with one more place added in front.
  public func within(_ key: String, _ value: String) -> PareError {
    var error = self
    if !error.context.contains(where: { $0.key == key }) { error.context.insert((key, value), at: 0) }
    return error
  }

  /// The message, followed by the places in brackets.
  public var description: String {
    guard !context.isEmpty else { return message }
    return message + " [" + context.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "]"
  }

  /// Two errors are equal when code, message and context are.
  public static func == (a: PareError, b: PareError) -> Bool {
    a.code == b.code && a.message == b.message && a.context.map(\.key) == b.context.map(\.key)
      && a.context.map(\.value) == b.context.map(\.value)
  }
}
