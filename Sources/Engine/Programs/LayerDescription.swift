import Tensors

/// One step of a program, for `profile`.
public struct LayerDescription: Sendable {
  /// The node's name.
  public let name: String
  /// The operator, or what Pare inserted.
  public let op: String
  /// Which implementation runs.
  public let implementation: String
  /// Whether it is the slow reference.
  public let isReference: Bool
  /// The shape of the first output.
  public let outputShape: Shape
  /// Multiply-accumulates of the whole batch; those with zeros that are left out do not count.
  public let macs: Int
  /// The share of the weights that are multiplied with, where zeros are left out; nil where all are.
  public let density: Double?
  /// Bytes of all operands but zeros that are left out: what a run reads and writes at least.
  public let bytes: Int
  /// The element type of the first operand, which decides how fast the machine could multiply.
  public let dataType: DataType
}
