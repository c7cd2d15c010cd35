import COneDNN
import Tensors

/// Products of bytes by oneDNN, exact where the processor has VNNI.
final class OneDNNProducts: IntegerProducts {
  private enum Form {
    case convolution
    case matrices
  }

  private let operation: OneDNNOperation
  private let form: Form
  private var weights: AlignedMemory?
  private var bias: AlignedMemory?

  private init?(_ operation: @autoclosure () -> OneDNNOperation?, _ form: Form) {
    guard pdnn_has_exact_integers() != 0, let operation = operation() else { return nil }
    self.operation = operation
    self.form = form
  }

  /// A convolution; nil where oneDNN has none that is exact.
  convenience init?(_ spec: pdnn_conv_spec) { self.init(OneDNNOperation.convolution(spec), .convolution) }

  /// A product of matrices; nil where oneDNN has none that is exact.
  convenience init?(_ spec: pdnn_matmul_spec) { self.init(OneDNNOperation.matrixProduct(spec), .matrices) }

  var scratchBytes: Int { operation.scratchBytes }
  var implementation: String { operation.implementation }

  func prepare(weights: Tensor?, bias: [Float]?) throws {
    self.weights = try weights.map(packed)
    self.bias = try bias.map { bias in
      let memory = AlignedMemory(byteCount: operation.biasBytes)
      try OneDNNOperation.check(pdnn_pack_bias(operation.handle, bias, memory.base), "packing a bias")
      return memory
    }
  }

  private func packed(_ weights: Tensor) throws -> AlignedMemory {
    let memory = AlignedMemory(byteCount: max(operation.weightBytes, weights.byteCount))
    try weights.withUnsafeBytes { plain in
      guard let address = plain.baseAddress else { return }
      if operation.weightsArePlain {
        memory.base.copyMemory(from: address, byteCount: plain.count)
      } else {
        try OneDNNOperation.check(pdnn_pack_weights(operation.handle, address, memory.base), "packing weights")
      }
    }
    return memory
  }

  func setSourceZeroPoint(_ value: Int32) { pdnn_set_source_zero_point(operation.handle, value) }

  func run(
    _ x: UnsafeMutableRawPointer?, weights given: UnsafeMutableRawPointer?, into y: UnsafeMutableRawPointer?,
    scratch: UnsafeMutableRawPointer?
  ) throws {
    let (handle, weights) = (operation.handle, weights?.base ?? given)
    switch form {
    case .convolution:
      try OneDNNOperation.check(
        pdnn_conv_execute(handle, x, weights, bias?.base, y, scratch), "an 8-bit convolution")
    case .matrices:
      try OneDNNOperation.check(
        pdnn_matmul_execute(handle, x, weights, bias?.base, y, scratch), "an 8-bit matrix product")
    }
  }
}
