import COneDNN
import Graphs
import Tensors

/// A product of oneDNN on bfloat16 factors, and the element types in which the program must keep its operands.
struct BFloat16Product {
  let operation: OneDNNOperation
  /// The type of activations that it reads.
  let factor: DataType = .bfloat16
  /// The type of its result.
  let result: DataType
}

extension KernelRequest {
  /// The convolution, or one of its gradients, on bfloat16 factors; nil where the program does not ask for it, and where
  /// oneDNN has no fast one of this kind.
  func bfloat16Convolution(_ float: pdnn_conv_spec) -> BFloat16Product? {
    guard options.precision == .bfloat16 else { return nil }
    var spec = float
    let result: DataType
    switch spec.direction {
    case PDNN_BACKWARD_WEIGHTS:
      result = .float32
      (spec.src_type, spec.dst_type) = (PDNN_BF16, PDNN_BF16)
    case PDNN_BACKWARD_DATA:
      result = resultType
      (spec.weights_type, spec.dst_type) = (PDNN_BF16, PDNN_BF16)
      spec.src_type = result == .bfloat16 ? PDNN_BF16 : PDNN_F32
    default:
      result = resultType
      (spec.src_type, spec.weights_type) = (PDNN_BF16, PDNN_BF16)
      spec.dst_type = result == .bfloat16 ? PDNN_BF16 : PDNN_F32
      spec.residual_type = spec.dst_type
    }
    guard let operation = OneDNNOperation.convolution(spec), operation.isFastOnBFloat16 else { return nil }
    // Depthwise convolutions that have no kernel of their own are slower than in float32.
    let isDepthwise = spec.groups > 1 && spec.groups == spec.c
    if isDepthwise, !operation.implementation.contains("dw") { return nil }
    return BFloat16Product(operation: operation, result: result)
  }

  /// The matrix product on bfloat16 factors; nil as above.
  func bfloat16Product(_ float: pdnn_matmul_spec) -> BFloat16Product? {
    guard options.precision == .bfloat16 else { return nil }
    var spec = float
    let result = resultType
    (spec.a_type, spec.b_type) = (PDNN_BF16, PDNN_BF16)
    spec.c_type = result == .bfloat16 ? PDNN_BF16 : PDNN_F32
    spec.packed_b = parameterNames[1] == nil ? 0 : 1
    guard let operation = OneDNNOperation.matrixProduct(spec), operation.isFastOnBFloat16 else { return nil }
    return BFloat16Product(operation: operation, result: result)
  }

  private var resultType: DataType { wantsBFloat16[0] ? .bfloat16 : .float32 }
}

extension OneDNNOperation {
  /// Whether the implementation uses the processor's bfloat16 instructions.
  fileprivate var isFastOnBFloat16: Bool {
    ["bf16", "amx", "avx10"].contains { implementation.contains($0) }
  }
}
