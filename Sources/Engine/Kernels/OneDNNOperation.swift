import COneDNN
import Tensors

/// A primitive of oneDNN, destroyed with its owner. Every status of the C side is checked here.
final class OneDNNOperation {
  let handle: OpaquePointer

  private init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { pdnn_destroy(handle) }

  /// A convolution; nil where oneDNN has none for this specification.
  static func convolution(_ spec: pdnn_conv_spec) -> OneDNNOperation? {
    var spec = spec
    var handle: OpaquePointer?
    return pdnn_conv_create(&spec, &handle) == 0 ? handle.map(OneDNNOperation.init) : nil
  }

  /// A matrix product; nil where oneDNN has none for this specification.
  static func matrixProduct(_ spec: pdnn_matmul_spec) -> OneDNNOperation? {
    var spec = spec
    var handle: OpaquePointer?
    return pdnn_matmul_create(&spec, &handle) == 0 ? handle.map(OneDNNOperation.init) : nil
  }

  /// A copy between element types in one layout, of up to six axes; nil where oneDNN has none, or one that needs memory
  /// of its own.
  static func reorder(_ shape: Shape, _ layout: Layout, from: pdnn_type, to: pdnn_type) -> OneDNNOperation? {
    guard shape.rank <= 6 else { return nil }
    func tensor(_ type: pdnn_type) -> pdnn_tensor {
      var tensor = pdnn_tensor()
      tensor.ndims = Int32(shape.rank)
      withUnsafeMutableBytes(of: &tensor.dims) { bytes in
        let extents = bytes.bindMemory(to: Int64.self)
        for axis in 0..<shape.rank { extents[axis] = Int64(shape[axis]) }
      }
      tensor.type = type
      tensor.layout = layout == .plain ? PDNN_PLAIN : PDNN_CHANNELS_LAST
      return tensor
    }
    var (source, target) = (tensor(from), tensor(to))
    var handle: OpaquePointer?
    guard pdnn_reorder_create(&source, &target, &handle) == 0, let operation = handle.map(OneDNNOperation.init),
      operation.scratchBytes == 0
    else { return nil }
    return operation
  }

  var scratchBytes: Int { Int(pdnn_scratchpad_bytes(handle)) }
  var weightBytes: Int { Int(pdnn_weights_bytes(handle)) }
  var biasBytes: Int { Int(pdnn_bias_bytes(handle)) }
  var weightsArePlain: Bool { pdnn_weights_are_plain(handle) != 0 }
  var implementation: String { String(cString: pdnn_implementation(handle)) }

  /// Throws where a call of the C side did not succeed.
  static func check(_ status: Int32, _ what: String) throws {
    guard status == 0 else {
      throw PareError(.internalFault, "oneDNN could not run \(what): \(String(cString: pdnn_status_name(status)))")
    }
  }
}
