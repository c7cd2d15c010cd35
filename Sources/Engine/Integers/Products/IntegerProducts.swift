import Tensors

/// What multiplies the bytes of a convolution or of matrices: oneDNN, or Pare's own kernels where oneDNN is not exact.
protocol IntegerProducts: AnyObject {
  /// The bytes that a run wants at its scratch memory.
  var scratchBytes: Int { get }
  /// What multiplies, as reports name it.
  var implementation: String { get }

  /// Takes the constant operands.
  ///
  /// - Parameters:
  ///   - weights: the int8 operand; nil where it comes with each run.
  ///   - bias: a number for each output channel or column.
  func prepare(weights: Tensor?, bias: [Float]?) throws

  /// Takes another zero point of x for the runs that follow.
  func setSourceZeroPoint(_ value: Int32)

  /// - Parameter weights: the int8 operand where it is not constant.
  func run(
    _ x: UnsafeMutableRawPointer?, weights: UnsafeMutableRawPointer?, into y: UnsafeMutableRawPointer?,
    scratch: UnsafeMutableRawPointer?) throws
}
