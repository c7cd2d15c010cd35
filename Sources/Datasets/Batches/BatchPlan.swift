import Tensors

/// In which order and grouping samples are visited. Everything follows from (seed, epoch), so that loading can start at
/// any batch of any epoch and gives what an unbroken run gives.
public struct BatchPlan: Sendable {
  /// Samples in a batch.
  public var batchSize: Int
  /// The seed of order and augmentation; nil: the split's own order.
  public var shuffleSeed: UInt64?
  /// Whether the samples left over when an epoch does not divide evenly are skipped.
  public var dropsLast: Bool
  /// How images are varied.
  public var augmentation: any AugmentationPolicy

  /// Batches for training: a new random order each epoch, all batches full.
  public static func training(
    batchSize: Int, seed: UInt64, augmentation: any AugmentationPolicy = NoAugmentation()
  ) -> BatchPlan {
    BatchPlan(batchSize: batchSize, shuffleSeed: seed, dropsLast: true, augmentation: augmentation)
  }

  /// Batches for evaluation: every sample once, in order, the last batch perhaps smaller.
  public static func evaluation(batchSize: Int) -> BatchPlan {
    BatchPlan(batchSize: batchSize, shuffleSeed: nil, dropsLast: false, augmentation: NoAugmentation())
  }

  /// Batches in an epoch over so many samples.
  public func batchCount(samples: Int) -> Int {
    dropsLast ? samples / batchSize : (samples + batchSize - 1) / batchSize
  }

  /// The positions visited in an epoch, in order.
  func order(epoch: Int, count: Int) -> [Int] {
    let positions = Array(0..<count)
    guard let shuffleSeed else { return positions }
    var random = RandomSource(seed: shuffleSeed, RandomUse.order, UInt64(epoch))
    return random.permutation(of: positions)
  }

  /// The placements of samples in an epoch; nil where images stay as they are.
  func placements(epoch: Int, samples: [Int]) -> [Placement]? {
    if augmentation is NoAugmentation { return nil }
    return samples.map { sample in
      var random = RandomSource(seed: shuffleSeed ?? 0, RandomUse.augmentation, UInt64(epoch), UInt64(sample))
      return augmentation.placement(from: &random)
    }
  }

  /// Checks the plan against a split.
  /// - Throws: `PareError.usage` where no batch would come out, or where samples that are no images were to be varied.
  func validate(for split: Split) throws {
    guard batchSize > 0 else { throw PareError(.usage, "a batch of \(batchSize) samples; it needs at least 1") }
    guard batchCount(samples: split.count) > 0 else {
      throw PareError(
        .usage,
        "a batch of \(batchSize) is more than the \(split.count) samples of the \(split.name) split; "
          + "choose a smaller batch")
    }
    guard split.source.isImages || augmentation is NoAugmentation else {
      throw PareError(.usage, "only images can be augmented; choose augmentation none")
    }
  }
}
