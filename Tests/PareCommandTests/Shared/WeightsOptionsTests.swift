import Foundation
import Pare
import Testing

@testable import PareCommand

@Suite struct WeightsOptionsTests {
  private func options(_ arguments: String...) throws -> WeightsOptions { try WeightsOptions.parse(arguments) }

  private var console: Console { get throws { Console(try GlobalOptions.parse(["--quiet"])) } }

  /// A file with all parameters of LeNet-300-100 but those of the last layer; a bias of the first layer is 7 throughout.
  private func partialFile() throws -> (path: String, model: Model) {
    let model = try Zoo.model(ZooReference(parsing: "zoo:lenet300"))
    var (entries, data): ([String], [UInt8]) = ([], [])
    for (name, parameter) in model.graph.parameters where !name.hasPrefix("fc3") {
      let tensor =
        name == "fc1.bias" ? Tensor(repeating: Float(7), shape: parameter.shape) : parameter.tensor
      let start = data.count
      data += tensor.withUnsafeBytes { Array($0) }
      let shape = parameter.shape.dimensions
      entries.append("\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(start),\(data.count)]}")
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    try Data(length + header + data).write(to: URL(fileURLWithPath: path))
    return (path, model)
  }

  @Test func withoutAFileTheModelStaysAsItIs() throws {
    let model = try Zoo.model(ZooReference(parsing: "zoo:lenet300"))
    #expect(try options().applied(to: model, console).history == model.history)
  }

  @Test func aFileThatLacksParametersIsRefusedWithTheirNames() throws {
    let (path, model) = try partialFile()
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect {
      _ = try options("--weights", path).applied(to: model, console)
    } throws: { error in
      guard let error = error as? PareError else { return false }
      return error.code == .badInput && error.message.contains("2 missing (fc3.weight, fc3.bias)")
        && error.message.contains("--partial-weights loads the other 4")
    }
  }

  @Test func whatFitsIsLoadedOnRequest() throws {
    let (path, model) = try partialFile()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let loaded = try options("--weights", path, "--partial-weights").applied(to: model, console)
    #expect(loaded.graph.parameters["fc1.bias"]?.tensor.floats == [Float](repeating: 7, count: 300))
    #expect(loaded.graph.parameters["fc3.weight"]?.tensor == model.graph.parameters["fc3.weight"]?.tensor)
    #expect(loaded.history.last == "loaded 4 parameters from \(path)")
  }

  @Test func partialWeightsNeedAFile() {
    #expect(throws: (any Error).self) { try options("--partial-weights") }
  }
}
