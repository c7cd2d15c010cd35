/// The header of an NPY file: a magic number, a version, and a Python dictionary of element type, order and shape.
struct NPYHeader {
  var dataType: DataType
  var isFortranOrder = false
  var shape: Shape

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let descriptors: [(text: String, type: DataType)] = [
    ("<f4", .float32), ("<f8", .float64), ("<f2", .float16), ("<V2", .bfloat16), ("|i1", .int8), ("<i2", .int16),
    ("<i4", .int32), ("<i8", .int64), ("|u1", .uint8), ("<u2", .uint16), ("<u4", .uint32), ("<u8", .uint64),
    ("|b1", .bool),
  ]

  init(dataType: DataType, shape: Shape) {
    self.dataType = dataType
    self.shape = shape
  }

  /// The header in version 1 (2 where it is longer than 64 KiB), padded so that the elements start at a multiple of 64.
  func encoded() -> [UInt8] {
    let descriptor = Self.descriptors.first { $0.type == dataType }?.text ?? ""
    let extents = shape.dimensions.map(String.init).joined(separator: ", ") + (shape.rank == 1 ? "," : "")
    var text = Array("{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
    let isLong = text.count + 74 > Int(UInt16.max)
    let front = isLong ? 12 : 10
    while (front + text.count + 1) % 64 != 0 { text.append(0x20) }
    text.append(0x0A)
    let lengthBytes = (0..<(isLong ? 4 : 2)).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return Self.magic + [isLong ? 2 : 1, 0] + lengthBytes + text
  }

  /// Reads the header; also returns the offset of the first element.
  static func decode(_ bytes: UnsafeRawBufferPointer) throws -> (header: NPYHeader, start: Int) {
    guard bytes.count >= 10, bytes.prefix(6).elementsEqual(magic) else {
      throw PareError(.badInput, "not an NPY file: it does not start with \\x93NUMPY; write it with numpy.save")
    }
    let version = bytes[6]
    guard (1...3).contains(version) else {
      throw PareError(.unsupported, "NPY version \(version).\(bytes[7]) is not known; versions 1 to 3 are read")
    }
    let front = version == 1 ? 10 : 12
    guard bytes.count >= front else { throw PareError(.badInput, "the NPY header is truncated") }
    let length = (8..<front).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    guard length <= bytes.count - front else { throw PareError(.badInput, "the NPY header is truncated") }
    var parser = PythonDictionaryParser(bytes: Array(bytes[front..<(front + length)]))
    return (try NPYHeader(entries: parser.parse()), front + length)
  }

  private init(entries: [String: PythonDictionaryParser.Value]) throws {
    guard case .text(let descriptor) = entries["descr"] else {
      throw PareError(
        .unsupported, "the NPY header names no plain element type (a structured array?); save one array of numbers")
    }
    guard case .boolean(let isFortranOrder) = entries["fortran_order"], case .tuple(let extents) = entries["shape"]
    else { throw PareError(.badInput, "the NPY header lacks 'fortran_order' or 'shape'; the file is damaged") }
    guard extents.count <= 64, extents.allSatisfy({ $0 >= 0 }) else {
      throw PareError(.badInput, "the NPY header gives the shape \(extents); the file is damaged")
    }
    self.isFortranOrder = isFortranOrder
    shape = Shape(extents)
    dataType = try Self.dataType(descriptor)
  }

  private static func dataType(_ descriptor: String) throws -> DataType {
    if descriptor.hasPrefix(">") {
      throw PareError(
        .unsupported,
        "big-endian elements (\(descriptor)) are not read; convert them with "
          + "array.astype(array.dtype.newbyteorder('<'))")
    }
    let kind = descriptor.drop { "<|=".contains($0) }
    if kind == "bfloat16" { return .bfloat16 }
    guard let known = descriptors.first(where: { $0.text.dropFirst() == kind }) else {
      throw PareError(
        .unsupported, "elements of type '\(descriptor)' are not read; convert them with array.astype('float32')")
    }
    return known.type
  }
}
