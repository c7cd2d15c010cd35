import Dispatch
import Foundation

/// Runs a piece of work for each index on several threads, with working memory per thread.
enum ParallelWork {
  /// Calls `body` for every index below `count`. After a fault no further chunk is begun.
  /// - Throws: the error of the lowest index that failed.
  static func forEach<Scratch>(
    _ count: Int, threads: Int, scratch: @escaping @Sendable () -> Scratch,
    _ body: @escaping @Sendable (Int, inout Scratch) throws -> Void
  ) throws {
    let progress = Progress(count: count)
    let work: @Sendable (Int) -> Void = { _ in
      var memory = scratch()
      while let chunk = progress.nextChunk() {
        for index in chunk {
          do { try body(index, &memory) } catch { progress.fail(at: index, error) }
        }
      }
    }
    let workers = max(1, min(threads, (count + Progress.chunk - 1) / Progress.chunk))
    if workers == 1 { work(0) } else { DispatchQueue.concurrentPerform(iterations: workers, execute: work) }
    if let failure = progress.failure { throw failure }
  }

  /// What the threads share. `@unchecked Sendable` holds because every access takes the lock.
  private final class Progress: @unchecked Sendable {
    static let chunk = 32
    private let lock = NSLock()
    private let count: Int
    private var next = 0
    private var first: (index: Int, error: any Error)?

    init(count: Int) { self.count = count }

    func nextChunk() -> Range<Int>? {
      lock.withLock {
        guard next < count, first == nil else { return nil }
        defer { next += Self.chunk }
        return next..<min(next + Self.chunk, count)
      }
    }

    func fail(at index: Int, _ error: any Error) {
      lock.withLock { if first.map({ index < $0.index }) ?? true { first = (index, error) } }
    }

    var failure: (any Error)? { lock.withLock { first?.error } }
  }
}
