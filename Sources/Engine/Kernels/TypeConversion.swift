import CKernels
import Tensors

/// Rounds float32 to bfloat16, or widens it, in whatever layout the value has.
enum TypeConversion {
  static func kernel(count: Int, to dataType: DataType) -> any Kernel {
    let count = Int64(count)
    return dataType == .bfloat16
      ? ClosureKernel { pk_bf16_from_float(count, $0.input(0), $0.bfloat16Output()) }
      : ClosureKernel { pk_float_from_bf16(count, $0.bfloat16Input(0), $0.output()) }
  }
}
