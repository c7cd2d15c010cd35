import Tensors

extension DataType {
  /// The element type for ONNX's number of it; nil for texts, complex numbers and types under 16 bits other than
  /// plain bytes, which Pare does not compute with.
  init?(onnx number: Int32) {
    guard let type = Onnx_TensorProto.DataType(rawValue: Int(number)) else { return nil }
    switch type {
    case .float: self = .float32
    case .double: self = .float64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .uint8: self = .uint8
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .bool: self = .bool
    default: return nil
    }
  }

  /// ONNX's number of the element type.
  var onnx: Int32 {
    let type: Onnx_TensorProto.DataType =
      switch self {
      case .float32: .float
      case .float64: .double
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .uint8: .uint8
      case .uint16: .uint16
      case .uint32: .uint32
      case .uint64: .uint64
      case .bool: .bool
      }
    return Int32(type.rawValue)
  }
}
