import Foundation
import Tensors

#if canImport(Glibc)
  import Glibc
#endif

/// Prepares batches of a split ahead of their use, on one thread of low priority.
///
/// At most two batches wait; their memory is used again once the next batch is asked for and the earlier one is no
/// longer held. Confined to its user, hence not `Sendable`.
public final class BatchLoader {
  /// Batches in an epoch.
  public let batchesPerEpoch: Int
  private let queue = BatchQueue(capacity: 2)
  private var lent: [Tensor] = []

  /// Starts to load.
  /// - Parameters:
  ///   - epochs: the epochs to load, one after the other.
  ///   - firstBatch: the batch of the first epoch to begin with, for a run that goes on.
  /// - Throws: `PareError.usage` where the plan does not suit the split.
  public init(_ split: Split, _ plan: BatchPlan, epochs: Range<Int> = 0..<1, startingAt firstBatch: Int = 0) throws {
    try plan.validate(for: split)
    batchesPerEpoch = plan.batchCount(samples: split.count)
    guard epochs.lowerBound >= 0, (0...batchesPerEpoch).contains(firstBatch) else {
      throw PareError(
        .usage,
        "loading cannot start at batch \(firstBatch) of epoch \(epochs.lowerBound): an epoch has "
          + "\(batchesPerEpoch) batches")
    }
    let queue = queue
    let thread = Thread {
      Self.lowerPriority()
      do {
        try Self.load(split, plan, epochs, firstBatch, into: queue)
        queue.end(nil)
      } catch {
        queue.end(error)
      }
    }
    thread.name = "pare.batches"
    thread.qualityOfService = .background
    thread.start()
  }

  deinit { queue.cancel() }

  /// Waits for the next batch; nil after the last one, and after `cancel()`.
  /// - Throws: `PareError.badInput` naming a file that cannot be read, in place of the batch that needed it.
  public func next() throws -> Batch? {
    let used = lent
    lent = []
    guard let (batch, tensors) = try queue.next(returning: used) else { return nil }
    lent = tensors
    return batch
  }

  /// Stops loading; the thread ends after the batch at hand.
  public func cancel() { queue.cancel() }

  /// Whether the thread has come to its end.
  package var isFinished: Bool { queue.isFinished }

  private static func load(
    _ split: Split, _ plan: BatchPlan, _ epochs: Range<Int>, _ firstBatch: Int, into queue: BatchQueue
  ) throws {
    let batches = plan.batchCount(samples: split.count)
    for epoch in epochs {
      let order = plan.order(epoch: epoch, count: split.count)
      for index in (epoch == epochs.lowerBound ? firstBatch : 0)..<batches {
        guard var tensors = queue.takeMemory() else { return }
        let positions = Array(order[(index * plan.batchSize)..<min((index + 1) * plan.batchSize, order.count)])
        let isFull = positions.count == plan.batchSize
        if tensors.isEmpty || !isFull { tensors = split.emptyTensors(count: positions.count) }
        let samples = positions.map { split.samples[$0] }
        let placements = plan.placements(epoch: epoch, samples: samples)
        try split.source.fill(samples[...], placements: placements, into: &tensors)
        let batch = Batch(
          inputs: split.inputs, tensors: tensors, labels: split.labels, positions: positions, epoch: epoch,
          index: index)
        queue.put(batch, reusing: isFull ? tensors : [])
      }
    }
  }

  /// Gives way to compute threads. Linux counts niceness by thread, and 0 is the calling one.
  private static func lowerPriority() {
    #if canImport(Glibc)
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    #endif
  }
}
