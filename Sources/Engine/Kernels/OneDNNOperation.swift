import COneDNN
import Tensors

/// A primitive of oneDNN, destroyed with its owner. Every status of the C side is checked here.
final class OneDNNOperation {
  let handle: OpaquePointer

  private init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { pdnn_destroy(handle) }

  /// What oneDNN's forms of layers are called in tuning files.
  static let form = "onednn"

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
