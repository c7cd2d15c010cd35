import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import ONNXFormat
import PareFormat
import Reporting
import Tensors

/// Writes the results, reads them again, measures what was written and says so.
struct CompressionResult {
  let request: CompressionRequest
  let data: CompressionData
  var original: MeasuredNetwork
  let heldOutTop1: Double?
  let model: Model
  let float: Model
  let stages: [ReportDocument.Stage]
  let notes: [String]

  /// Writes the files and gives the report of what is in them.
  func delivered(seconds: Double) throws -> ReportDocument {
    let files = try writtenFiles()
    let written = try ModelFile.read(files[0].url)
    var result = try MeasuredNetwork(written, bytes: files[0].bytes)
    request.observer.onWork?("measuring the written file", 0, 1)
    if let test = data.labelledTest {
      result.accuracy = try AccuracyMeasurement.measure(
        written, on: test, batches: data.preparation, batchSize: 250, engine: request.engine)
    }
    let (before, after) = try InterleavedLatency().measure(
      request.model.graph, written.graph, engine: request.engine)
    result.latency = after
    var start = original
    start.latency = before
    if let packed = files.first(where: { $0.url.lastPathComponent == Self.packedName }) {
      result.packedBytes = packed.bytes
      start.packedBytes = try request.model.pareBytes().count
    }
    let fidelity = try Fidelity.measure(
      of: written, against: request.model, on: data.test, batches: data.preparation, batchSize: 250,
      engine: request.engine)
    request.observer.onWork?("measuring the written file", 1, 1)

    let settings = try request.settings.yaml()
    var document = try assembled(before: start, after: result, fidelity: fidelity, settings: settings, seconds: seconds)
    document.output = (request.singleFile ?? request.output).path
    document.outputs = try files.map { file in
      .init(
        path: file.url.lastPathComponent, sha256: SHA256.hexadecimal(of: try FileBytes.read(file.url.path)),
        bytes: file.bytes, kind: file.kind)
    }
    document.verdict = document.judged()
    if request.singleFile == nil {
      func write(_ bytes: [UInt8], _ name: String) throws {
        try FileBytes.write(bytes, to: request.output.appendingPathComponent(name).path)
      }
      try write(Array(settings.utf8), "settings.yaml")
      try write(Array(document.jsonData()), "report.json")
      try write(Array(HTMLReport(document).render().utf8), "report.html")
    }
    return document
  }

  private static let packedName = "model.pare"

  private struct WrittenFile {
    let url: URL
    let bytes: Int
    let kind: String
  }

  /// The networks on disk, the one to deploy first.
  private func writtenFiles() throws -> [WrittenFile] {
    if let file = request.singleFile {
      let kind = file.pathExtension == "pare" ? "network, .pare" : "network, standard ONNX"
      return [WrittenFile(url: file, bytes: try ModelFile.write(model, to: file), kind: kind)]
    }
    let isQuantized = model.graph.nodes.contains { $0.op is DequantizeLinear }
    func written(_ model: Model, _ name: String, _ kind: String) throws -> WrittenFile {
      let url = request.output.appendingPathComponent(name)
      return WrittenFile(url: url, bytes: try ModelFile.write(Self.deployable(model), to: url), kind: kind)
    }
    return [
      try written(model, "model.onnx", isQuantized ? "network in int8, standard ONNX" : "network, standard ONNX"),
      try written(model, Self.packedName, "the same network, packed"),
      try written(self.float, "model.float.onnx", "the same network in float32"),
    ]
  }

  /// The network as it is deployed: batch normalisation folded, dead nodes gone.
  static func deployable(_ model: Model) throws -> Model {
    var result = model
    result.graph = try model.graph.applying(StandardCleanup(), BatchNormalizationFolding(), DeadNodeElimination())
    return result
  }

  private func assembled(
    before: MeasuredNetwork, after: MeasuredNetwork, fidelity: Fidelity, settings: String, seconds: Double
  ) throws -> ReportDocument {
    var document = ReportDocument(
      tool: .init(version: request.version), command: request.command, created: ReportDocument.timestamp(of: Date()),
      seed: request.settings.seed, threads: request.engine.threads, before: before.measures, after: after.measures,
      exitCode: 0)
    document.before.heldOutTop1 = heldOutTop1
    document.after.heldOutTop1 = stages.last?.top1
    document.seconds = seconds
    document.machine = .current
    if let input = request.input {
      document.input = .init(
        path: input.path, sha256: SHA256.hexadecimal(of: try FileBytes.read(input.path)), bytes: before.bytes)
    } else {
      document.input = .init(path: request.inputName, bytes: before.bytes)
    }
    document.teacher = request.teacherName
    document.data = try dataRecord()
    document.signature = signature(after.model.graph)
    document.settings = settings
    document.stages = stages
    document.notes = notes
    if data.test.count > 0, !request.data.hasSeparateSplits, data.heldOut != nil {
      document.warnings.append(
        "The data has one split only: accuracy is that of the held-out tenth, which also judged choices.")
    }
    if let first = before.accuracy, let last = after.accuracy {
      let drop = try PairedDrop(from: first, to: last)
      document.drop = .init(value: drop.drop, low: drop.lower, high: drop.upper)
      document.classes = classChanges(first, last)
      document.confusionChanges = confusionChanges(first, last)
    }
    document.fidelity = fidelity.outputs.map {
      .init(output: $0.output, argmaxAgreement: $0.agreement, cosine: $0.cosine, snrDb: $0.signalToNoise)
    }
    document.layers = layerChanges(before, after)
    document.targets = try request.settings.targets.map { target in
      let first = try before.quantity(target.kind) ?? 0
      let value = try after.quantity(target.kind) ?? .infinity
      return .init(
        kind: target.kind.rawValue, asked: target.amount,
        reached: target.isAbsolute ? value : value / max(first, 1e-12),
        met: target.isMet(by: value, original: first), absolute: target.isAbsolute)
    }
    if request.settings.maxDrop != nil || request.settings.minTop1 != nil {
      document.guards = .init(maxDrop: request.settings.maxDrop, minTop1: request.settings.minTop1)
    }
    document.exitCode = isWithinBudget(document) ? 0 : 75
    return document
  }

  private func isWithinBudget(_ document: ReportDocument) -> Bool {
    let drop = document.drop?.value ?? 0
    let top1 = document.after.top1 ?? 1
    return document.targets.allSatisfy(\.met) && drop <= request.settings.maxDrop ?? .infinity
      && top1 >= request.settings.minTop1 ?? 0
  }

  private func dataRecord() throws -> ReportDocument.DataRecord {
    var record = ReportDocument.DataRecord(
      spec: request.data.specification.description, classes: data.training.classes ?? [])
    record.trainCount = data.training.count
    record.heldOutCount = data.heldOut?.count
    record.testCount = data.test.count
    record.mean = try request.model.preparation?.mean?.map(Double.init)
    record.std = try request.model.preparation?.std?.map(Double.init)
    record.fingerprint = try data.test.fingerprint()
    return record
  }

  private func signature(_ graph: Graph) -> ReportDocument.Signature {
    func values(_ ports: [GraphPort]) -> [ReportDocument.Signature.Value] {
      ports.compactMap { port in
        port.type.shape.map { .init(name: port.name, shape: $0.bound(toBatch: 1).dimensions) }
      }
    }
    return .init(inputs: values(graph.inputs), outputs: values(graph.outputs))
  }

  private func classChanges(_ before: Accuracy, _ after: Accuracy) -> [ReportDocument.ClassChange] {
    before.samplesPerClass.indices.compactMap { index in
      let count = before.samplesPerClass[index]
      guard count > 0 else { return nil }
      return .init(
        name: data.test.classes?[index] ?? "\(index)", count: count,
        before: Double(before.correctPerClass[index]) / Double(count),
        after: Double(after.correctPerClass[index]) / Double(count))
    }
  }

  /// The pairs of classes that are confused more, or less, than before: the largest changes first.
  private func confusionChanges(_ before: Accuracy, _ after: Accuracy) -> [ReportDocument.ConfusionChange] {
    guard let labels = data.test.labels else { return [] }
    struct Pair: Hashable {
      let actual: Int
      let predicted: Int
    }
    func counts(_ accuracy: Accuracy) -> [Pair: Int] {
      var counts: [Pair: Int] = [:]
      for (label, predicted) in zip(labels, accuracy.predictions) where label != predicted && predicted >= 0 {
        counts[Pair(actual: label, predicted: predicted), default: 0] += 1
      }
      return counts
    }
    let (first, last) = (counts(before), counts(after))
    let changes = Set(first.keys).union(last.keys).map { ($0, first[$0] ?? 0, last[$0] ?? 0) }
      .filter { $0.1 != $0.2 }
      .sorted { (abs($0.2 - $0.1), $1.0.actual, $1.0.predicted) > (abs($1.2 - $1.1), $0.0.actual, $0.0.predicted) }
    func name(_ index: Int) -> String { data.test.classes.flatMap { index < $0.count ? $0[index] : nil } ?? "\(index)" }
    return changes.prefix(10).map {
      .init(actual: name($0.0.actual), predicted: name($0.0.predicted), before: $0.1, after: $0.2)
    }
  }

  /// Time and channels of each layer before and after, matched by name.
  private func layerChanges(_ before: MeasuredNetwork, _ after: MeasuredNetwork) -> [ReportDocument.LayerChange] {
    func times(_ network: MeasuredNetwork) -> [String: Double] {
      Dictionary((network.latency?.layers ?? []).map { ($0.name, $0.ms) }, uniquingKeysWith: +)
    }
    let (first, last) = (times(before), times(after))
    let costs = Dictionary(after.costs.layers.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
    return before.costs.layers.compactMap { layer in
      guard layer.macs > 0 || (first[layer.name] ?? 0) > 0.002 else { return nil }
      var change = ReportDocument.LayerChange(name: layer.name, op: layer.op)
      let new = costs[layer.name]
      change.outputShape = (new ?? layer).outputShape
      change.parameters = new?.parameters ?? layer.parameters
      change.macs = new?.macs ?? layer.macs
      change.msBefore = first[layer.name]
      change.msAfter = last[layer.name]
      if layer.macs > 0 {
        change.channelsBefore = layer.outputShape.flatMap { $0.count > 1 ? $0[1] : nil }
        change.channelsAfter = new?.outputShape.flatMap { $0.count > 1 ? $0[1] : nil }
      }
      return change
    }
  }
}
