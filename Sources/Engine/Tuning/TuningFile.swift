import Foundation
import Tensors

/// The choices of all machines that share a folder, as JSON: form by layer, by machine. It is written beside and renamed.
struct TuningFile: Sendable {
  private struct Document: Codable {
    var version = 1
    var machines: [String: [String: String]] = [:]
  }

  private let path: String

  init(path: String) { self.path = path }

  /// What the processor and the kernels are: choices hold for these.
  static let machine = "\(Processors.name), \(Engine.instructionSet), oneDNN \(Engine.oneDNNVersion)"

  /// What is known of this machine.
  var forms: [String: String] { document.machines[Self.machine] ?? [:] }

  /// Adds layers; of those that another process has written meanwhile, its choice stays.
  /// - Throws: `PareError.cannotWrite`.
  func add(_ forms: [String: String]) throws {
    var document = document
    document.machines[Self.machine, default: [:]].merge(forms) { old, _ in old }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let bytes = [UInt8](try encoder.encode(document))
    let folder = (path as NSString).deletingLastPathComponent
    do {
      if !folder.isEmpty { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    } catch {
      throw PareError(.cannotWrite, "cannot make the folder of the tuning file", context: ["folder": folder])
    }
    try bytes.withUnsafeBytes { try FileBytes.write([$0], to: path) }
  }

  private var document: Document {
    guard let bytes = try? FileBytes.read(path),
      let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)), document.version == 1
    else { return Document() }
    return document
  }
}
