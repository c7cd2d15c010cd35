import CKernels
import Foundation

/// A thread that runs one job at a time for callers who wait.
///
/// `@unchecked Sendable` holds because `job` and `isStopping` are only touched under `condition`, and a job's closure
/// runs while its caller is blocked in `perform`.
final class ComputeThread: @unchecked Sendable {
  private let condition = NSCondition()
  private let callers = NSLock()
  private var job: (() -> Void)?
  private var isStopping = false
  private let identity = ThreadIdentity()

  init(threads: Int) {
    let thread = Thread { [condition, identity] in
      identity.set()
      pk_set_threads(Int32(threads))
      _ = condition
      self.loop()
    }
    thread.name = "pare.compute"
    thread.stackSize = 8 << 20
    thread.qualityOfService = .userInitiated
    thread.start()
  }

  /// Whether the caller is this thread.
  var isCurrent: Bool { identity.isCurrent }

  /// Runs the closure on the thread and returns when it has ended.
  func perform(_ body: () -> Void) {
    callers.lock()
    defer { callers.unlock() }
    withoutActuallyEscaping(body) { body in
      condition.lock()
      job = body
      condition.broadcast()
      while job != nil { condition.wait() }
      condition.unlock()
    }
  }

  /// Ends the thread after the current job.
  func stop() {
    condition.lock()
    isStopping = true
    condition.broadcast()
    condition.unlock()
  }

  private func loop() {
    condition.lock()
    while !isStopping {
      guard let current = job else {
        condition.wait()
        continue
      }
      condition.unlock()
      current()
      condition.lock()
      job = nil
      condition.broadcast()
    }
    condition.unlock()
  }
}

/// Remembers which thread it was set on. Written once, before any job can ask.
private final class ThreadIdentity: @unchecked Sendable {
  private let lock = NSLock()
  private var thread: Thread?

  func set() { lock.withLock { thread = Thread.current } }
  var isCurrent: Bool { lock.withLock { thread === Thread.current } }
}
