/// A dense array of numbers: shape, data type and values in row-major order, aligned to 64 bytes.
///
/// A value type: copies share memory until one of them is written to.
public struct Tensor: Sendable {
  /// The extents, outermost first.
  public private(set) var shape: Shape
  /// The type of every element.
  public let dataType: DataType
  private var storage: TensorStorage

  /// Makes a tensor of zeros.
  public init(zeros shape: Shape, dataType: DataType = .float32) {
    self.shape = shape
    self.dataType = dataType
    storage = TensorStorage(byteCount: shape.count * dataType.size)
  }

  /// Makes a tensor from values in row-major order; there must be as many as the shape has elements.
  public init<Element: TensorElement>(_ values: [Element], shape: Shape) {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    self.shape = shape
    dataType = Element.dataType
    storage = values.withUnsafeBytes { TensorStorage(copying: $0) }
  }

  /// Makes a tensor of rank 1.
  public init<Element: TensorElement>(_ values: [Element]) { self.init(values, shape: [values.count]) }

  /// Makes a tensor of rank 0.
  public init<Element: TensorElement>(scalar value: Element) { self.init([value], shape: []) }

  /// Makes a tensor in which every element is the same.
  public init<Element: TensorElement>(repeating value: Element, shape: Shape) {
    self.init([Element](repeating: value, count: shape.count), shape: shape)
  }

  /// Makes a tensor from raw bytes (little-endian, row-major); of booleans, every byte but 0 is true.
  /// - Throws: `PareError.badInput` where the number of bytes does not match the shape.
  public init(bytes: UnsafeRawBufferPointer, shape: Shape, dataType: DataType) throws {
    guard let count = shape.checkedCount, bytes.count == count * dataType.size else {
      throw PareError(
        .badInput,
        "\(bytes.count) bytes do not hold a \(dataType.rawValue) tensor of shape \(shape); the file is damaged")
    }
    self.shape = shape
    self.dataType = dataType
    storage = TensorStorage(copying: bytes)
    if dataType == .bool {
      for index in storage.bytes.indices where storage.bytes[index] > 1 { storage.bytes[index] = 1 }
    }
  }

  /// Makes a tensor of floats from doubles, rounded to the data type asked for (float32 or float64), or of integers
  /// truncated toward zero (booleans: whether non-zero).
  public init(doubles: [Double], shape: Shape, dataType: DataType) {
    switch dataType {
    case .float32: self.init(doubles.map { Float($0) }, shape: shape)
    case .float64: self.init(doubles, shape: shape)
    case .int8: self.init(doubles.map { Int8(saturating: $0) }, shape: shape)
    case .int16: self.init(doubles.map { Int16(saturating: $0) }, shape: shape)
    case .int32: self.init(doubles.map { Int32(saturating: $0) }, shape: shape)
    case .int64: self.init(doubles.map { Int64(saturating: $0) }, shape: shape)
    case .uint8: self.init(doubles.map { UInt8(saturating: $0) }, shape: shape)
    case .uint16: self.init(doubles.map { UInt16(saturating: $0) }, shape: shape)
    case .uint32: self.init(doubles.map { UInt32(saturating: $0) }, shape: shape)
    case .uint64: self.init(doubles.map { UInt64(saturating: $0) }, shape: shape)
    case .bool: self.init(doubles.map { $0 != 0 }, shape: shape)
    case .float16, .bfloat16:
      self.init(zeros: shape, dataType: dataType)
      let format = dataType
      withUnsafeMutableBytes { bytes in
        let halves = bytes.bindMemory(to: UInt16.self)
        for (index, value) in doubles.enumerated() {
          halves[index] =
            format == .float16 ? HalfPrecision.float16Bits(Float(value)) : HalfPrecision.bfloat16Bits(Float(value))
        }
      }
    }
  }

  /// The number of elements.
  public var count: Int { shape.count }

  /// The number of bytes of the elements.
  public var byteCount: Int { count * dataType.size }

  /// Calls `body` with the elements' bytes.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try body(UnsafeRawBufferPointer(storage.bytes))
  }

  /// Calls `body` with the elements' bytes, which it may change; memory shared with other tensors is copied first.
  public mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    if !isKnownUniquelyReferenced(&storage) { storage = TensorStorage(copying: UnsafeRawBufferPointer(storage.bytes)) }
    return try body(storage.bytes)
  }

  /// The elements as a Swift array; the element type must be the tensor's own.
  public func array<Element: TensorElement>(of type: Element.Type = Element.self) -> [Element] {
    precondition(type.dataType == dataType, "a \(dataType.rawValue) tensor read as \(type.dataType.rawValue)")
    return withUnsafeBytes { Array($0.bindMemory(to: type)) }
  }

  /// The same values under another shape with as many elements.
  public func reshaped(to shape: Shape) -> Tensor {
    precondition(shape.count == count, "\(self.shape) cannot become \(shape)")
    var result = self
    result.shape = shape
    return result
  }
}

extension Tensor {
  /// Every element as a double (booleans as 0 and 1; 64-bit integers beyond 2^53 are rounded).
  public var doubles: [Double] {
    switch dataType {
    case .float32: array(of: Float.self).map(Double.init)
    case .float64: array(of: Double.self)
    case .int8: array(of: Int8.self).map(Double.init)
    case .int16: array(of: Int16.self).map(Double.init)
    case .int32: array(of: Int32.self).map(Double.init)
    case .int64: array(of: Int64.self).map(Double.init)
    case .uint8: array(of: UInt8.self).map(Double.init)
    case .uint16: array(of: UInt16.self).map(Double.init)
    case .uint32: array(of: UInt32.self).map(Double.init)
    case .uint64: array(of: UInt64.self).map { Double($0) }
    case .bool: array(of: UInt8.self, bitPattern: ()).map { $0 == 0 ? 0 : 1 }
    case .float16: array(of: UInt16.self, bitPattern: ()).map { Double(HalfPrecision.float(fromFloat16: $0)) }
    case .bfloat16: array(of: UInt16.self, bitPattern: ()).map { Double(HalfPrecision.float(fromBFloat16: $0)) }
    }
  }

  /// Every element as a float.
  public var floats: [Float] { dataType == .float32 ? array(of: Float.self) : doubles.map { Float($0) } }

  /// Every element as an integer, truncated toward zero.
  public var integers: [Int] {
    switch dataType {
    case .int64: array(of: Int64.self).map { Int($0) }
    case .uint64: array(of: UInt64.self).map { Int(clamping: $0) }
    default: doubles.map { Int(Int64(saturating: $0)) }
    }
  }

  /// The values in another data type; floats become integers by truncation.
  public func cast(to type: DataType) -> Tensor {
    if type == dataType { return self }
    if type == .int64, !dataType.isFloat { return Tensor(integers.map { Int64($0) }, shape: shape) }
    return Tensor(doubles: doubles, shape: shape, dataType: type)
  }

  /// Whether every element is a finite number.
  public var isFinite: Bool {
    switch dataType {
    case .float32: withUnsafeBytes { $0.bindMemory(to: Float.self).allSatisfy(\.isFinite) }
    case .float64, .float16, .bfloat16: doubles.allSatisfy(\.isFinite)
    default: true
    }
  }

  /// Reads the memory as another type of the same size, for types that Swift arrays do not convert by themselves.
  private func array<Bits>(of type: Bits.Type, bitPattern: Void) -> [Bits] {
    withUnsafeBytes { Array($0.bindMemory(to: type)) }
  }
}

extension Tensor: Equatable {
  /// Equal shape, data type and bytes (so NaN equals an identical NaN, and 0 differs from -0).
  public static func == (a: Tensor, b: Tensor) -> Bool {
    a.shape == b.shape && a.dataType == b.dataType
      && a.withUnsafeBytes { left in b.withUnsafeBytes { right in left.elementsEqual(right) } }
  }
}

extension FixedWidthInteger {
  /// The double truncated toward zero and clamped to what the type holds; NaN becomes 0.
  init(saturating value: Double) {
    if value.isNaN {
      self = 0
    } else if value >= Double(Self.max) {
      self = .max
    } else if value <= Double(Self.min) {
      self = .min
    } else {
      self = Self(value)
    }
  }
}
