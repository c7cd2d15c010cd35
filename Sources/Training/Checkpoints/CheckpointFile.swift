import Engine
import Foundation
import Tensors

/// A checkpoint in a folder, as one file that is written beside and renamed: a reader sees the old one or the new one,
/// whenever the process is killed.
///
/// `state`: the 8 bytes `PARECKP1`, the header's length (uint64, little-endian), the header (JSON), the tensors' bytes
/// one behind the other in the header's order, and the SHA-256 of everything before it.
public struct CheckpointFile: Sendable {
  private struct Header: Codable {
    struct Entry: Codable {
      var name: String
      /// -1 for a parameter, -2 for a mask, -3 for what was gathered, otherwise the number of the moment.
      var moment: Int
      var shape: [Int]
      var type: DataType
    }
    var configuration: TrainingConfiguration
    var data: String
    var position: Checkpoint.Position
    var updates: Int
    var moments: Int
    /// Absent in files of before there was tuning.
    var tuning: [String: String]?
    var tensors: [Entry]
  }

  private static let magic = Array("PARECKP1".utf8)
  private static let hashLength = 32

  /// The folder.
  public let folder: String
  private var path: String { folder + "/state" }

  /// Names a folder; nothing is written yet.
  public init(folder: String) { self.folder = folder }

  /// Whether there is a checkpoint.
  public var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Writes a checkpoint in place of the one before.
  /// - Throws: `PareError.cannotWrite`.
  public func write(_ checkpoint: Checkpoint) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw PareError(.cannotWrite, "cannot make the checkpoint's folder", context: ["folder": folder])
    }
    let groups =
      [(-3, checkpoint.record), (-2, checkpoint.snapshot.masks), (-1, checkpoint.snapshot.parameters)]
      + Array(checkpoint.snapshot.moments.enumerated())
    let tensors = groups.flatMap { moment, tensors in
      tensors.sorted { $0.key < $1.key }.map { (moment: moment, name: $0.key, tensor: $0.value) }
    }
    let header = Header(
      configuration: checkpoint.configuration, data: checkpoint.data, position: checkpoint.position,
      updates: checkpoint.snapshot.updates, moments: checkpoint.snapshot.moments.count,
      tuning: checkpoint.tuning,
      tensors: tensors.map {
        .init(name: $0.name, moment: $0.moment, shape: $0.tensor.shape.dimensions, type: $0.tensor.dataType)
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let json = [UInt8](try encoder.encode(header))
    var bytes = Self.magic + withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    bytes.reserveCapacity(bytes.count + tensors.reduce(Self.hashLength) { $0 + $1.tensor.byteCount })
    for (_, _, tensor) in tensors { tensor.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    bytes += Self.hash(bytes[...])
    try bytes.withUnsafeBytes { try FileBytes.write([$0], to: path) }
  }

  /// Reads the checkpoint.
  /// - Throws: `PareError.notFound` where there is none, `PareError.badInput` where it is damaged.
  public func read() throws -> Checkpoint {
    guard exists else {
      throw PareError(.notFound, "there is no checkpoint to resume from", context: ["folder": folder])
    }
    let bytes = try FileBytes.read(path)
    let damaged = PareError(
      .badInput, "the checkpoint is damaged; delete the folder and start again", context: ["file": path])
    let start = Self.magic.count + 8
    guard bytes.count >= start + Self.hashLength, bytes.starts(with: Self.magic) else { throw damaged }
    let end = bytes.count - Self.hashLength
    guard Self.hash(bytes[..<end]) == Array(bytes[end...]) else { throw damaged }
    let length = bytes[Self.magic.count..<start].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(end - start) else { throw damaged }
    var offset = start + Int(length)
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(bytes[start..<offset])) else { throw damaged }
    guard (0...2).contains(header.moments) else { throw damaged }
    var snapshot = TrainingSnapshot(
      parameters: [:], moments: Array(repeating: [:], count: header.moments), updates: header.updates)
    var record: [String: Tensor] = [:]
    for entry in header.tensors {
      guard entry.shape.allSatisfy({ $0 >= 0 }), let count = Shape(entry.shape).checkedCount,
        count * entry.type.size <= end - offset, entry.moment < header.moments
      else { throw damaged }
      let size = count * entry.type.size
      let tensor = try bytes.withUnsafeBytes {
        try Tensor(
          bytes: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + size)]), shape: Shape(entry.shape),
          dataType: entry.type)
      }
      offset += size
      switch entry.moment {
      case 0...: snapshot.moments[entry.moment][entry.name] = tensor
      case -1: snapshot.parameters[entry.name] = tensor
      case -2: snapshot.masks[entry.name] = tensor
      default: record[entry.name] = tensor
      }
    }
    guard offset == end else { throw damaged }
    return Checkpoint(
      configuration: header.configuration, data: header.data, position: header.position, snapshot: snapshot,
      tuning: header.tuning ?? [:], record: record)
  }

  /// Removes the checkpoint and its folder, where they exist and hold nothing else.
  public func remove() {
    unlink(path)
    rmdir(folder)
  }

  private static func hash(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.finalized()
  }
}
