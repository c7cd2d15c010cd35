import ArgumentParser
import Pare

/// The process's exit status for each kind of error: the only place that knows the numbers (those of `sysexits.h`).
enum ExitStatus {
  /// Wrong usage.
  static let usage: Int32 = 64
  /// A fault inside Pare.
  static let internalFault: Int32 = 70
  /// Interrupted by the user: 128 + SIGINT.
  static let interrupted: Int32 = 130

  /// The status for a kind of error.
  static func of(_ code: PareError.Code) -> Int32 {
    switch code {
    case .usage: usage
    case .badInput, .unsupported: 65
    case .notFound: 66
    case .internalFault: internalFault
    case .cannotWrite: 73
    case .targetNotReached: 75
    case .interrupted: interrupted
    }
  }

  /// The status for whatever a command threw.
  static func of(_ error: any Error) -> Int32 {
    if let error = error as? PareError { return of(error.code) }
    if let error = error as? ExitCode { return error.rawValue }
    // The parser's own errors are its faults with the arguments, or a request for help (0).
    if PareCommand.exitCode(for: error) != .failure { return PareCommand.exitCode(for: error).rawValue }
    return internalFault
  }
}
