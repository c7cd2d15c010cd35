import Foundation
import Tensors

/// What a loader and its thread share: batches that are ready, memory that is free, and whether to go on.
///
/// `@unchecked Sendable` holds because every access takes the condition's lock.
final class BatchQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private let capacity: Int
  private var ready: [(batch: Batch, tensors: [Tensor])] = []
  private var free: [[Tensor]] = []
  private var failure: (any Error)?
  private var hasEnded = false
  private var isCancelled = false

  init(capacity: Int) { self.capacity = capacity }

  /// Waits until there is room for a batch; returns memory of an earlier one (or an empty list), nil when cancelled.
  func takeMemory() -> [Tensor]? {
    condition.lock()
    defer { condition.unlock() }
    while ready.count >= capacity, !isCancelled { condition.wait() }
    return isCancelled ? nil : free.popLast() ?? []
  }

  /// Adds a batch; `tensors` is the memory to reuse once the batch has been used.
  func put(_ batch: Batch, reusing tensors: [Tensor]) {
    condition.lock()
    ready.append((batch, tensors))
    condition.broadcast()
    condition.unlock()
  }

  /// Says that no batch follows, perhaps because of an error.
  func end(_ error: (any Error)?) {
    condition.lock()
    failure = error
    hasEnded = true
    condition.broadcast()
    condition.unlock()
  }

  /// Waits for the next batch; nil after the last one and after cancelling.
  func next(returning used: [Tensor]) throws -> (batch: Batch, tensors: [Tensor])? {
    condition.lock()
    defer { condition.unlock() }
    if !used.isEmpty { free.append(used) }
    while ready.isEmpty, !hasEnded, !isCancelled { condition.wait() }
    if isCancelled { return nil }
    if ready.isEmpty {
      if let failure { throw failure }
      return nil
    }
    condition.broadcast()
    return ready.removeFirst()
  }

  /// Lets the thread end and frees what is ready.
  func cancel() {
    condition.lock()
    isCancelled = true
    ready = []
    free = []
    condition.broadcast()
    condition.unlock()
  }

  /// Whether the thread has put its last batch, or has seen that it was cancelled.
  var isFinished: Bool {
    condition.lock()
    defer { condition.unlock() }
    return hasEnded
  }
}
