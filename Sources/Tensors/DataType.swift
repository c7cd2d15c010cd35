/// The element types that tensors carry.
public enum DataType: String, Sendable, Hashable, Codable, CaseIterable {
  /// IEEE floating point of 32, 64 and 16 bits, and the upper half of a float32.
  case float32, float64, float16, bfloat16
  /// Signed integers.
  case int8, int16, int32, int64
  /// Unsigned integers.
  case uint8, uint16, uint32, uint64
  /// One byte, 0 or 1.
  case bool

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Whether values are floating-point numbers.
  public var isFloat: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
    default: false
    }
  }
}

/// A Swift type that tensors can hold and hand out.
public protocol TensorElement: Sendable {
  /// The data type that stores such elements.
  static var dataType: DataType { get }
}

extension Float: TensorElement {
  /// `float32`.
  public static var dataType: DataType { .float32 }
}

extension Double: TensorElement {
  /// `float64`.
  public static var dataType: DataType { .float64 }
}

extension Int8: TensorElement {
  /// `int8`.
  public static var dataType: DataType { .int8 }
}

extension Int16: TensorElement {
  /// `int16`.
  public static var dataType: DataType { .int16 }
}

extension Int32: TensorElement {
  /// `int32`.
  public static var dataType: DataType { .int32 }
}

extension Int64: TensorElement {
  /// `int64`.
  public static var dataType: DataType { .int64 }
}

extension UInt8: TensorElement {
  /// `uint8`.
  public static var dataType: DataType { .uint8 }
}

extension UInt16: TensorElement {
  /// `uint16`.
  public static var dataType: DataType { .uint16 }
}

extension UInt32: TensorElement {
  /// `uint32`.
  public static var dataType: DataType { .uint32 }
}

extension UInt64: TensorElement {
  /// `uint64`.
  public static var dataType: DataType { .uint64 }
}

extension Bool: TensorElement {
  /// `bool`.
  public static var dataType: DataType { .bool }
}
