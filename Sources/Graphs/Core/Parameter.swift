import Tensors

/// A tensor that the network carries: stored densely, or coded in fewer bytes.
public enum Parameter: Sendable {
  /// The values themselves.
  case dense(Tensor)
  /// Values that a codec reproduces bit-exactly.
  case coded(CodedTensor)

  /// The shape.
  public var shape: Shape {
    switch self {
    case .dense(let tensor): tensor.shape
    case .coded(let coded): coded.shape
    }
  }

  /// The type of the decoded elements.
  public var dataType: DataType {
    switch self {
    case .dense(let tensor): tensor.dataType
    case .coded(let coded): coded.dataType
    }
  }

  /// The values, decoded where necessary.
  public var tensor: Tensor {
    switch self {
    case .dense(let tensor): tensor
    case .coded(let coded): coded.decoded()
    }
  }

  /// Whether the values, where they are added to scores, switch some of them off: one is infinite, or as good as that
  /// (1e9 and more), and none is NaN.
  var isMask: Bool {
    let values = tensor.floats
    return values.contains { abs($0) >= 1e9 } && !values.contains(where: \.isNaN)
  }

  /// The bytes that the values take in a file, before headers.
  public var byteCount: Int {
    switch self {
    case .dense(let tensor): tensor.byteCount
    case .coded(let coded): coded.payload.byteCount
    }
  }
}

/// A tensor stored in another form than its elements: a codec's payload and how to decode it.
public struct CodedTensor: Sendable {
  /// How the payload becomes values.
  public enum Codec: String, Sendable, Codable {
    /// IEEE half-precision values, read as float32.
    case float16
    /// The upper halves of float32 values.
    case bfloat16
  }

  /// How the payload becomes values.
  public let codec: Codec
  /// The stored form.
  public let payload: Tensor

  /// Wraps a 16-bit float tensor, which decodes to float32.
  /// - Throws: `PareError.badInput` where the tensor is of another type.
  public init(halfPrecision payload: Tensor) throws {
    switch payload.dataType {
    case .float16: codec = .float16
    case .bfloat16: codec = .bfloat16
    default: throw PareError(.badInput, "a \(payload.dataType.rawValue) tensor is not half precision")
    }
    self.payload = payload
  }

  /// The shape of the decoded tensor.
  public var shape: Shape { payload.shape }
  /// The type of the decoded elements.
  public var dataType: DataType { .float32 }
  /// The values.
  public func decoded() -> Tensor { payload.cast(to: .float32) }
}
