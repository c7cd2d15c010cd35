import Foundation
import Pare

/// Standard output, which a script may have sent to a file.
enum StandardOutput {
  /// Hands over what was printed and is still held back.
  /// - Throws: `PareError.cannotWrite` where it cannot be written (a full disk).
  static func flush() throws {
    guard fflush(nil) == 0 else {
      let reason = String(cString: strerror(errno))
      throw PareError(.cannotWrite, "the result cannot be written to standard output: \(reason)")
    }
  }
}
