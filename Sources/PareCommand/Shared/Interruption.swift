import Dispatch
import Foundation
import Pare

/// Ctrl-C and SIGTERM during work that can stop in order: the first asks for it, the second ends the process at once.
///
/// Confined to its user; signals count as long as it exists.
final class Interruption {
  /// What the work looks at.
  let token = StopToken()
  private let sources: [any DispatchSourceSignal]

  /// Takes the signals over.
  init(_ console: Console) {
    let token = token
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if token.isStopped { _exit(ExitStatus.interrupted) }
        token.stop()
        console.note("stopping after this step; press Ctrl-C again to quit at once")
      }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
  }
}
