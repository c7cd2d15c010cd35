import Tensors

/// Some samples of a split, ready for a network: named inputs, named targets, a count.
public struct Batch: Sendable {
  /// The name of the target that holds class numbers.
  public static let labelsName = "labels"

  /// Inputs by name; the leading axis is as long as `count`. Images are float32 in [0, 1].
  public var inputs: [String: Tensor]
  /// Targets by name: `labels`, int64 of shape [count], where the split has labels; otherwise empty.
  public var targets: [String: Tensor]
  /// How many samples there are.
  public var count: Int
  /// The positions of the samples in the split.
  public var positions: [Int]
  /// The epoch that the batch belongs to, from 0.
  public var epoch: Int
  /// The batch's number in its epoch, from 0.
  public var index: Int

  /// Makes a batch of any inputs and targets.
  public init(
    inputs: [String: Tensor], targets: [String: Tensor] = [:], count: Int, positions: [Int], epoch: Int = 0,
    index: Int = 0
  ) {
    self.inputs = inputs
    self.targets = targets
    self.count = count
    self.positions = positions
    self.epoch = epoch
    self.index = index
  }

  /// The class numbers, int64 of shape [count]; nil where the split has no labels.
  public var labels: Tensor? { targets[Self.labelsName] }

  /// Puts together what a source has filled.
  init(
    inputs: [SampleInput], tensors: [Tensor], labels: [Int]?, positions: [Int], epoch: Int = 0, index: Int = 0
  ) {
    let targets = labels.map { labels in [Self.labelsName: Tensor(positions.map { Int64(labels[$0]) })] }
    self.init(
      inputs: Dictionary(uniqueKeysWithValues: zip(inputs.map(\.name), tensors)), targets: targets ?? [:],
      count: positions.count, positions: positions, epoch: epoch, index: index)
  }
}
