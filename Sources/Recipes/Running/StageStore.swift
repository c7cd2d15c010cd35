import Foundation
import Graphs
import ONNXFormat
import Reporting
import Tensors

/// Finished stages on disk, so that a killed compression goes on where it was.
///
/// A stage's network is an ONNX file and its record a JSON file, written in this order: a record means that the stage is
/// done. Records carry a key made of the request and of all stages so far, so that a changed recipe starts anew.
struct StageStore {
  /// What is kept of a stage beside its network.
  struct Record: Codable {
    var key: String
    var stage: ReportDocument.Stage
    var notes: [String]
  }

  let folder: URL

  init(output: URL) { folder = output.appendingPathComponent(".stages") }

  /// The folder of one stage, made where it is missing.
  /// - Throws: `PareError.cannotWrite`.
  func folder(of index: Int, _ identifier: String) throws -> URL {
    let folder = folder.appendingPathComponent("\(index + 1)-\(identifier)")
    try Self.make(folder)
    return folder
  }

  /// The network and record of a finished stage; nil where it is not finished or was another.
  func finished(_ index: Int, _ identifier: String, key: String) throws -> (Model, Record)? {
    let folder = folder.appendingPathComponent("\(index + 1)-\(identifier)")
    guard let data = try? Data(contentsOf: folder.appendingPathComponent("record.json")),
      let record = try? JSONDecoder().decode(Record.self, from: data), record.key == key
    else { return nil }
    return (try ONNXFile.read(folder.appendingPathComponent("model.onnx")), record)
  }

  /// Keeps a finished stage, and gives its network as a later run would read it: what goes on is the same either way.
  /// - Throws: `PareError.cannotWrite`.
  func keep(_ model: Model, _ record: Record, at index: Int, _ identifier: String) throws -> Model {
    let folder = try folder(of: index, identifier)
    let file = folder.appendingPathComponent("model.onnx")
    try ONNXFile.write(model, to: file)
    try FileBytes.write(
      Array(JSONEncoder().encode(record)), to: folder.appendingPathComponent("record.json").path)
    return try ONNXFile.read(file)
  }

  /// Forgets everything.
  func clear() { try? FileManager.default.removeItem(at: folder) }

  /// Makes a folder.
  /// - Throws: `PareError.cannotWrite` with the reason.
  static func make(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw PareError(
        .cannotWrite, "the folder cannot be made: \(error.localizedDescription); choose another with -o",
        context: ["folder": folder.path])
    }
  }
}
