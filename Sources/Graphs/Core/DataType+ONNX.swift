import Tensors

extension DataType {
  /// The type of an ONNX `TensorProto.DataType`; nil for texts, complex numbers and types under 8 bits or 8-bit floats.
  package init?(onnxCode: Int) {
    guard let type = DataType.allCases.first(where: { $0.onnxCode == onnxCode }) else { return nil }
    self = type
  }

  /// The number of the type in ONNX's `TensorProto.DataType`.
  package var onnxCode: Int {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .uint16: 4
    case .int16: 5
    case .int32: 6
    case .int64: 7
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .uint32: 12
    case .uint64: 13
    case .bfloat16: 16
    }
  }
}
