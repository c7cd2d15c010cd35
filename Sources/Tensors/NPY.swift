/// NumPy's file format for one array (`numpy.save`), versions 1 to 3.
///
/// Arrays in Fortran order are turned to row-major order. Booleans, integers and floats are read in little-endian
/// order; bfloat16, which NumPy does not have, is written as two opaque bytes (`<V2`), as the `ml_dtypes` package does.
public enum NPY {
  /// Reads an array from a file.
  /// - Throws: `PareError.notFound`; `PareError.badInput` for a truncated or foreign file; `PareError.unsupported` for
  ///   an element type that no tensor holds. The context names the file.
  public static func read(_ path: String) throws -> Tensor {
    let bytes = try FileBytes.read(path)
    do {
      return try bytes.withUnsafeBytes { try decode($0) }
    } catch let error as PareError {
      throw error.within("file", path)
    }
  }

  /// Writes a tensor beside `path` and renames it.
  /// - Throws: `PareError.cannotWrite`.
  public static func write(_ tensor: Tensor, to path: String) throws {
    let header = NPYHeader(dataType: tensor.dataType, shape: tensor.shape).encoded()
    try header.withUnsafeBytes { front in
      try tensor.withUnsafeBytes { try FileBytes.write([front, $0], to: path) }
    }
  }

  /// The bytes of a file that holds a tensor.
  public static func encode(_ tensor: Tensor) -> [UInt8] {
    NPYHeader(dataType: tensor.dataType, shape: tensor.shape).encoded() + tensor.withUnsafeBytes { Array($0) }
  }

  /// The array that the bytes of a file hold.
  /// - Throws: `PareError.badInput` or `PareError.unsupported`, as `read(_:)`.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws -> Tensor {
    let (header, start) = try NPYHeader.decode(bytes)
    guard let count = header.shape.checkedCount else {
      throw PareError(.badInput, "the NPY header gives the shape \(header.shape), which no memory holds")
    }
    let expected = count * header.dataType.size
    guard bytes.count - start == expected else {
      let found = bytes.count - start
      throw PareError(
        .badInput,
        "an array of shape \(header.shape) (\(header.dataType.rawValue)) has \(expected) bytes, but \(found) follow "
          + "the header; the file is \(found < expected ? "truncated" : "damaged, or holds more than one array")")
    }
    let body = UnsafeRawBufferPointer(rebasing: bytes[start...])
    if header.dataType == .bool, !body.allSatisfy({ $0 <= 1 }) {
      throw PareError(.badInput, "an array of booleans holds bytes other than 0 and 1; the file is damaged")
    }
    guard header.isFortranOrder, header.shape.rank > 1 else {
      return try Tensor(bytes: body, shape: header.shape, dataType: header.dataType)
    }
    return rowMajor(body, header)
  }

  /// Copies elements stored with the first axis fastest to row-major order.
  private static func rowMajor(_ source: UnsafeRawBufferPointer, _ header: NPYHeader) -> Tensor {
    var tensor = Tensor(zeros: header.shape, dataType: header.dataType)
    let size = header.dataType.size
    let extents = header.shape.dimensions
    var steps = [Int](repeating: size, count: extents.count)
    for axis in extents.indices.dropFirst() { steps[axis] = steps[axis - 1] * extents[axis - 1] }
    tensor.withUnsafeMutableBytes { target in
      var position = [Int](repeating: 0, count: extents.count)
      var from = 0
      for element in 0..<header.shape.count {
        for byte in 0..<size { target[element &* size &+ byte] = source[from &+ byte] }
        var axis = extents.count - 1
        while axis >= 0 {
          position[axis] += 1
          from += steps[axis]
          if position[axis] < extents[axis] { break }
          from -= extents[axis] * steps[axis]
          position[axis] = 0
          axis -= 1
        }
      }
    }
    return tensor
  }
}
