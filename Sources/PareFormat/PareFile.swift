import Foundation
import Graphs
import ONNXFormat
import Tensors

/// Networks in `.pare` files: an ONNX graph, and each weight in the shortest of several forms.
///
/// A file is the magic, the version (4 bytes), a section with the network and one for each weight; every section has its
/// length and CRC-32C. Reading gives, bit for bit, what reading an `.onnx` file of the same model gives. The format is
/// described in `Documentation/PareFile.md`.
public enum PareFile {
  /// The version that is written, and the newest that is read.
  public static let version = 1
  /// What every file begins with. A byte above 127 and two kinds of line end show at once where a file was sent as text.
  static let magic: [UInt8] = [0x89] + Array("PARE".utf8) + [0x0D, 0x0A, 0x1A]

  /// Reads a network.
  /// - Parameter inputShapes: shapes by input, for inputs that leave extents open besides the batch; an empty name
  ///   stands for the only input.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is damaged, `.unsupported` where
  ///   a newer version wrote it.
  public static func read(_ url: URL, inputShapes: [String: Shape] = [:]) throws -> Model {
    try read(url, inputShapes: inputShapes, constants: [:])
  }

  static func read(_ url: URL, inputShapes: [String: Shape], constants: [String: Tensor]) throws -> Model {
    do {
      return try Model(pare: FileBytes.read(url.path), inputShapes: inputShapes, constants: constants)
    } catch let error as PareError {
      throw error.within("file", url.path)
    }
  }

  /// Writes a network beside its final place and renames it.
  /// - Returns: the number of bytes written.
  /// - Throws: `PareError.cannotWrite` with the reason, `.unsupported` for nodes of training programs.
  @discardableResult
  public static func write(_ model: Model, to url: URL) throws -> Int {
    let bytes = try model.pareBytes()
    try FileBytes.write(bytes, to: url.path)
    return bytes.count
  }

  /// Whether a file begins as a `.pare` file does; false for one that is not there.
  static func isPareFile(_ url: URL) -> Bool {
    guard let file = try? FileHandle(forReadingFrom: url) else { return false }
    defer { try? file.close() }
    return (try? file.read(upToCount: magic.count)).map { $0.elementsEqual(magic) } ?? false
  }

  /// Reads what stands before the sections.
  static func readHeader(_ reader: inout ByteReader) throws {
    guard reader.left >= magic.count + 4, try reader.piece(magic.count).elementsEqual(magic) else {
      throw PareError(.badInput, "this is not a .pare file, or the file is damaged or cut off")
    }
    let found = try reader.number(UInt32.self)
    guard found <= version else {
      throw PareError(
        .unsupported,
        "a newer Pare wrote this file: it has version \(found) of the format, and this one reads up to version "
          + "\(version); update it")
    }
    guard found > 0 else { throw PareError(.badInput, "the file has version 0; it is damaged") }
  }
}

extension Model {
  /// Reads a network from the bytes of a `.pare` file.
  /// - Throws: what `PareFile.read` throws.
  public init(pare bytes: [UInt8], inputShapes: [String: Shape] = [:]) throws {
    try self.init(pare: bytes, inputShapes: inputShapes, constants: [:])
  }

  init(pare bytes: [UInt8], inputShapes: [String: Shape], constants: [String: Tensor]) throws {
    self = try bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      try PareFile.readHeader(&reader)
      let section = try NetworkSection(Section.read(.network, from: &reader))
      let tensors = try section.network.weights.map { weight in
        do {
          return try WeightSection.tensor(Section.read(.weight, from: &reader), of: weight)
        } catch let error as PareError {
          throw error.within("tensor", weight.name)
        }
      }
      try reader.finish()
      return try section.model(with: tensors, inputShapes: inputShapes, constants: constants)
    }
  }

  /// The bytes of a `.pare` file that holds the network; the same model gives the same bytes.
  /// - Throws: `PareError.unsupported` for nodes of training programs.
  public func pareBytes() throws -> [UInt8] {
    let (message, weights) = try detached()
    var writer = ByteWriter()
    writer.append(PareFile.magic)
    writer.append(number: UInt32(PareFile.version))
    Section.write(NetworkSection.content(of: self, message: message), as: .network, to: &writer)
    for (weight, elements) in weights {
      Section.write(WeightSection.content(of: weight, elements: elements), as: .weight, to: &writer)
    }
    return writer.bytes
  }
}
