import Tensors

/// One named input of the samples of a split.
public struct SampleInput: Sendable, Equatable {
  /// The network input that it feeds.
  public var name: String
  /// The shape of one sample, without the leading sample axis.
  public var shape: Shape
  /// The type of its elements.
  public var dataType: DataType

  /// Describes an input.
  public init(name: String, shape: Shape, dataType: DataType) {
    self.name = name
    self.shape = shape
    self.dataType = dataType
  }
}

/// Where a split's samples come from: memory, files, arrays.
package protocol SampleSource: Sendable {
  /// How many samples there are.
  var count: Int { get }
  /// What one sample consists of.
  var inputs: [SampleInput] { get }
  /// Whether samples are images, which can be shifted and mirrored.
  var isImages: Bool { get }
  /// Writes samples into tensors (one an input, the leading axis as long as `samples`). `placements`, where given,
  /// has one entry a sample.
  func fill(_ samples: ArraySlice<Int>, placements: [Placement]?, into tensors: inout [Tensor]) throws
  /// What tells samples apart: a name (empty where there is none) and a hash of the content, for each.
  func identities() throws -> [(name: String, hash: UInt64)]
}
