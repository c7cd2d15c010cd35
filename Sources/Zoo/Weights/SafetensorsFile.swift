import Foundation
import Tensors

/// A file of named tensors in the safetensors format: the length of a header (eight bytes, little-endian), the header in
/// JSON, then the tensors' bytes, little-endian and row-major.
///
/// The header maps each name to `dtype`, `shape` and `data_offsets`, the first byte and the one behind the last, counted
/// from the end of the header; `__metadata__` is passed over. Nothing in it is trusted: lengths are checked against the
/// file, shapes against lengths, and the tensors must follow each other without gaps, as the format demands.
public struct SafetensorsFile: Sendable {
  /// Where one tensor lies.
  struct Entry: Sendable, Equatable {
    let dataType: DataType
    let shape: Shape
    let range: Range<Int>
  }

  /// The names of the tensors, in the order of their bytes.
  public let names: [String]
  private let entries: [String: Entry]
  private let bytes: [UInt8]

  /// The longest header that is read, as in the format's own library.
  private static let headerLimit = 100_000_000

  private static let dataTypes: [String: DataType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64, "I32": .int32, "I16": .int16,
    "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16, "U8": .uint8, "BOOL": .bool,
  ]

  /// Reads a file.
  /// - Throws: `PareError.notFound` where there is none, `.badInput` where it is damaged or another kind of file,
  ///   `.unsupported` for an element type that no tensor holds. The context names the file.
  public init(contentsOf path: String) throws {
    do {
      self = try SafetensorsFile(bytes: FileBytes.read(path))
    } catch let error as PareError {
      throw error.within("file", path)
    }
  }

  /// Reads the bytes of a file.
  /// - Throws: as `init(contentsOf:)`.
  public init(bytes: [UInt8]) throws {
    guard bytes.count >= 8 else {
      throw PareError(.badInput, "\(bytes.count) bytes are no safetensors file, which begins with eight for a length")
    }
    let length = (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
    guard length <= UInt64(min(bytes.count - 8, Self.headerLimit)) else {
      throw PareError(
        .badInput,
        "the first eight bytes give a header of \(length) bytes, but \(bytes.count - 8) follow; the file is damaged or "
          + "no safetensors file (weights of PyTorch are saved as one by safetensors.torch.save_file)")
    }
    let start = 8 + Int(length)
    let header: SafetensorsHeader
    do {
      header = try JSONDecoder().decode(SafetensorsHeader.self, from: Data(bytes[8..<start]))
    } catch {
      throw PareError(.badInput, "the header is no JSON object of tensors; the file is damaged")
    }
    var entries: [String: Entry] = [:]
    for (name, tensor) in header.tensors {
      do {
        entries[name] = try Self.entry(tensor, start: start, room: bytes.count - start)
      } catch let error as PareError {
        throw error.within("tensor", name)
      }
    }
    names = try Self.order(entries, start: start, end: bytes.count)
    (self.entries, self.bytes) = (entries, bytes)
  }

  /// Whether the file has a tensor of this name.
  public func contains(_ name: String) -> Bool { entries[name] != nil }

  /// The shape of a tensor; nil where there is none of this name.
  public func shape(of name: String) -> Shape? { entries[name]?.shape }

  /// The element type of a tensor; nil where there is none of this name.
  public func dataType(of name: String) -> DataType? { entries[name]?.dataType }

  /// A tensor; nil where there is none of this name.
  public func tensor(_ name: String) -> Tensor? {
    guard let entry = entries[name] else { return nil }
    return bytes.withUnsafeBytes { bytes in
      let part = UnsafeRawBufferPointer(rebasing: bytes[entry.range])
      // The length was checked against the shape when the file was read.
      return try? Tensor(bytes: part, shape: entry.shape, dataType: entry.dataType)
    }
  }

  private static func entry(_ tensor: SafetensorsHeader.Tensor, start: Int, room: Int) throws -> Entry {
    guard let dataType = dataTypes[tensor.dtype] else {
      throw PareError(
        .unsupported, "elements of type \(tensor.dtype) are not read; save the weights as F32, F16 or BF16")
    }
    let offsets = tensor.data_offsets
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= room else {
      throw PareError(.badInput, "bytes \(offsets) of \(room) in the file; the file is damaged")
    }
    guard tensor.shape.count <= 64, tensor.shape.allSatisfy({ $0 >= 0 }),
      let count = Shape(tensor.shape).checkedCount, count * dataType.size == offsets[1] - offsets[0]
    else {
      throw PareError(
        .badInput,
        "\(offsets[1] - offsets[0]) bytes do not hold a tensor of shape \(tensor.shape) and type \(tensor.dtype); the "
          + "file is damaged")
    }
    return Entry(
      dataType: dataType, shape: Shape(tensor.shape), range: start + offsets[0]..<start + offsets[1])
  }

  /// The names by the place of their bytes, which must be all of the file behind the header.
  private static func order(_ entries: [String: Entry], start: Int, end: Int) throws -> [String] {
    let sorted = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }
    var position = start
    for (name, entry) in sorted {
      guard entry.range.lowerBound == position else {
        throw PareError(
          .badInput, "the bytes of tensors overlap or leave a gap; the file is damaged", context: ["tensor": name])
      }
      position = entry.range.upperBound
    }
    guard position == end else {
      throw PareError(.badInput, "\(end - position) bytes at the end belong to no tensor; the file is damaged")
    }
    return sorted.map(\.key)
  }
}

/// The header's JSON.
private struct SafetensorsHeader: Decodable {
  /// What it says of one tensor, in the format's own words.
  struct Tensor: Decodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  let tensors: [String: Tensor]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    var tensors: [String: Tensor] = [:]
    for name in container.allKeys where name.stringValue != "__metadata__" {
      tensors[name.stringValue] = try container.decode(Tensor.self, forKey: name)
    }
    self.tensors = tensors
  }
}
