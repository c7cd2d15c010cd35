import Foundation
import Tensors

/// Weights that a network keeps in files beside its own, mapped into memory as they are needed.
final class ExternalData {
  private let folder: URL
  private var files: [String: Data] = [:]

  /// Reads files of this folder and its subfolders only.
  init(folder: URL) { self.folder = folder.standardizedFileURL }

  /// Calls `body` with a tensor's bytes.
  /// - Throws: `PareError.badInput` where the place lies outside the network's folder or outside the file,
  ///   `.notFound` where the file is missing.
  func withBytes<Result>(
    of proto: Onnx_TensorProto, count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    var fields: [String: String] = [:]
    for entry in proto.externalData { fields[entry.key] = entry.value }
    guard let location = fields["location"], !location.isEmpty else {
      throw damaged(proto, "its place is not given")
    }
    let file = try contents(of: location, for: proto)
    guard let offset = fields["offset"].map({ Int($0) }) ?? 0,
      let length = fields["length"].map({ Int($0) }) ?? file.count - offset,
      offset >= 0, length == count, offset <= file.count, length <= file.count - offset
    else {
      throw damaged(proto, "it wants \(count) bytes, and \(location) has no such range")
    }
    return try file.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + length)])) }
  }

  private func contents(of location: String, for proto: Onnx_TensorProto) throws -> Data {
    if let file = files[location] { return file }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    let url = folder.appendingPathComponent(location)
    let root = folder.resolvingSymlinksInPath().path
    guard !location.hasPrefix("/"), !parts.contains(".."), !location.contains("\\"),
      url.resolvingSymlinksInPath().path.hasPrefix(root == "/" ? root : root + "/")
    else {
      throw damaged(proto, "\"\(location)\" lies outside the network's folder")
    }
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw PareError(
        .notFound, "the file \(url.path) with weights is missing; keep it beside the network",
        context: ["tensor": proto.name])
    }
    do {
      let file = try Data(contentsOf: url, options: .mappedIfSafe)
      files[location] = file
      return file
    } catch {
      throw damaged(proto, "\(url.path) cannot be read: \(error.localizedDescription)")
    }
  }

  private func damaged(_ proto: Onnx_TensorProto, _ reason: String) -> PareError {
    PareError(.badInput, "weights in another file cannot be read: \(reason)", context: ["tensor": proto.name])
  }
}
