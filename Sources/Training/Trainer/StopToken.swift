import Foundation

/// A request to stop, seen by a training at its next step: it then writes a checkpoint and throws
/// `PareError.interrupted`.
///
/// `@unchecked Sendable` holds because the flag is only touched under the lock. Set it from a signal source's handler
/// (`DispatchSource.makeSignalSource`), not from a raw signal handler, which must not take locks.
public final class StopToken: @unchecked Sendable {
  private let lock = NSLock()
  private var flag = false

  /// Makes a token that asks for nothing yet.
  public init() {}

  /// Asks to stop.
  public func stop() { lock.withLock { flag = true } }

  /// Whether somebody asked.
  public var isStopped: Bool { lock.withLock { flag } }
}
