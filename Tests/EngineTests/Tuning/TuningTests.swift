import Foundation
import Graphs
import TestSupport
import Tensors
import Testing

@testable import Engine

@Suite("Forms of layers are chosen by rule, by file or by the clock")
struct TuningTests {
  /// Two convolutions that run by Winograd's algorithm by the rule, one that is too small for it, and a pointwise one
  /// that has one form only.
  private func network() throws -> Graph {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 3)
    var x = builder.imageInput("x", channels: 3, height: 16, width: 16)
    for (index, outputs) in [16, 16, 16].enumerated() {
      x = try builder.relu(
        builder.convolution(x, outputs: outputs, kernel: 3, bias: true, initializer: he, name: "c\(index)"))
    }
    try builder.output(builder.convolution(x, outputs: 4, kernel: 1, initializer: he, name: "last"), as: "y")
    return try builder.build()
  }

  private func program(_ graph: Graph, _ tuning: Tuning, options: ProgramOptions = ProgramOptions()) throws -> Program {
    try Program(
      graph: graph, batch: 1, parameters: ParameterMemory(graph: graph), engine: Engine(threads: 1, tuning: tuning),
      options: options)
  }

  private func implementations(_ program: Program) -> [String] {
    program.layers.filter { $0.op.contains("Conv") }.map(\.implementation)
  }

  private func path() -> String { NSTemporaryDirectory() + "pare-tuning-\(UUID().uuidString)/tuning.json" }

  @Test("the rule, and choices that are made elsewhere") func adopted() throws {
    let graph = try network()
    let rule = try program(graph, Tuning())
    #expect(implementations(rule).map { $0 == "winograd" } == [false, true, true, false])
    let noted = Tuning(.measure)
    _ = try program(graph, noted)
    #expect(noted.choices.count == 2, "the second and the third convolution are the same layer")
    let tuning = Tuning()
    for layer in noted.choices.keys {
      tuning.adopt([layer: layer.contains("16x3x16x16") || layer.contains("1x3x16x16") ? "winograd" : "onednn"])
    }
    let other = try program(graph, tuning)
    #expect(implementations(other).map { $0 == "winograd" } == [true, false, false, false])
    let x = SampleTensors.normal([1, 3, 16, 16], seed: 1)
    let (a, b) = (try rule.run(["x": x])["y"]!, try other.run(["x": x])["y"]!)
    #expect(Tolerance.relative(a, b) < 1e-4)
    #expect(tuning.choices == Dictionary(uniqueKeysWithValues: noted.choices.keys.map { ($0, tuning.form(of: $0)!) }))
  }

  @Test("what is exact stays so, whatever a file says") func exact() throws {
    let graph = try network()
    let noted = Tuning(.measure)
    _ = try program(graph, noted)
    let tuning = Tuning()
    tuning.adopt(noted.choices.mapValues { _ in "winograd" })
    let exact = try program(graph, tuning, options: ProgramOptions(isExact: true))
    #expect(!implementations(exact).contains("winograd"))
  }

  @Test("measured once, then read; sub-networks do not measure") func file() throws {
    let (graph, path) = (try network(), path())
    defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
    let view = try SubnetworkState(Subnetwork(name: "all", graph: graph), of: TrainingState(graph: graph))
    let engine = Engine(threads: 1, tuning: Tuning(.measure, file: path))
    _ = try Program(graph: graph, batch: 1, parameters: view.memory, engine: engine)
    #expect(!FileManager.default.fileExists(atPath: path))
    _ = try program(graph, Tuning(.cached, file: path))
    #expect(!FileManager.default.fileExists(atPath: path))
    let first = Tuning(.measure, file: path)
    let measured = try program(graph, first)
    let written = try FileBytes.read(path)
    let second = Tuning(.measure, file: path)
    #expect(implementations(try program(graph, second)) == implementations(measured))
    #expect(second.choices == first.choices && second.choices.count == 2)
    #expect(try FileBytes.read(path) == written, "nothing was measured again")
    let ruled = Tuning(.off, file: path)
    _ = try program(graph, ruled)
    let rule = Tuning()
    _ = try program(graph, rule)
    #expect(ruled.choices == rule.choices && rule.choices.count == 2, "what the rule chose is noted too")
  }

  @Test("the first writer's choice stays, and other machines' choices do") func merging() throws {
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
    let file = TuningFile(path: path)
    try file.add(["a": "winograd"])
    var text = String(decoding: try FileBytes.read(path), as: UTF8.self)
    text = text.replacingOccurrences(
      of: "\"machines\" : {", with: "\"machines\" : { \"another\" : {\"a\" : \"onednn\"},")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try file.add(["a": "onednn", "b": "onednn"])
    #expect(TuningFile(path: path).forms == ["a": "winograd", "b": "onednn"])
    #expect(String(decoding: try FileBytes.read(path), as: UTF8.self).contains("another"))
    try Data("{".utf8).write(to: URL(fileURLWithPath: path))
    #expect(TuningFile(path: path).forms.isEmpty, "what cannot be read is written anew")
  }

  @Test("gradients are measured too") func gradients() throws {
    let graph = try network()
    let builder = try GraphBuilder(extending: graph)
    let loss = try builder.mean(Value("y"), axes: [0, 1, 2, 3])
    var whole = builder.graph
    whole.outputs = [GraphPort(loss.name, builder.type(of: loss))]
    let state = TrainingState(graph: whole)
    let tuning = Tuning(.measure)
    let gradient = try whole.differentiated(loss: loss.name, withRespectTo: whole.trainableParameters())
    let version = state.memory.version
    _ = try GradientProgram(gradient, batch: 4, state: state, engine: Engine(threads: 1, tuning: tuning))
    #expect(state.memory.version > version, "weights were packed for each timed run")
    #expect(tuning.choices.keys.allSatisfy { $0.hasSuffix("packed anew") }, "inference has its own choices")
    let kinds = Set(tuning.choices.keys.map { $0.split(separator: " ").prefix(2).joined(separator: " ") })
    #expect(kinds.contains("input gradient") && kinds.contains("weight gradient"))
  }
}
