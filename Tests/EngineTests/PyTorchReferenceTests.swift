import Foundation
import Graphs
import ONNXFormat
import Tensors
import Testing

@testable import Engine

/// ResNet-20's training against PyTorch's: figures made by `Scripts/reference/resnet20_training.py`, found through the
/// environment variable `PARE_REFERENCE`. `Scripts/verify gradients` runs this; elsewhere it is skipped.
@Suite(.enabled(if: Reference.folder != nil, "PARE_REFERENCE does not name a folder of reference figures"), .serialized)
struct PyTorchReferenceTests {
  /// Loss, every gradient, one update and the running statistics at three sets of weights, with convolutions that are
  /// plain sums of products and with the fast ones.
  @Test(arguments: ["step00", "step10", "step50"], [true, false])
  func oneStep(point: String, isExact: Bool) throws {
    let reference = try Reference()
    let expected = try #require(reference.manifest.points.first { $0.name == point })
    let step = try TrainingStep(
      reference, model: reference.folder.appendingPathComponent("\(point)/model.onnx"), isExact: isExact)
    let loss = try step.run(batch: expected.step)
    #expect(abs(loss - expected.loss) <= 1e-5 * max(1, abs(expected.loss)))

    var worst = (name: "", error: 0.0)
    for name in reference.manifest.parameters {
      let error = try relativeNorm(step.state.gradient(name), reference.tensor("\(point)/gradients/\(name).npy"))
      if error > worst.error { worst = (name, error) }
    }
    let own = expected.float32_channels_last_gradient_errors.values.max() ?? 0
    print(
      "figure: \(point) \(isExact ? "exact" : "fast") worst gradient \(worst.name) \(worst.error), PyTorch's own float32 "
        + "channels-last \(own)")
    // Rounding alone switches ReLUs: PyTorch's own float32 gradients are off by more than 1e-3. Fast forms round more.
    #expect(worst.error <= (isExact ? 1 : 2) * max(1e-3, own))

    try step.update()
    for name in reference.manifest.parameters {
      let error = try relativeNorm(step.state.memory.tensor(name), reference.tensor("\(point)/updated/\(name).npy"))
      // Biases that start at 0 are nothing but a step; the gradient's tolerance is theirs.
      #expect(error <= max(1e-5, worst.error), "\(name) after one update: \(error)")
    }
    for url in try reference.files("\(point)/running") {
      let name = url.deletingPathExtension().lastPathComponent
      let error = relativeNorm(step.state.memory.tensor(name), try NPY.read(url.path))
      #expect(error <= 1e-5, "\(name): \(error)")
    }
  }

  /// Fifty steps on their own: the mean loss of the last ten.
  @Test func freeRunning() throws {
    let reference = try Reference()
    let step = try TrainingStep(reference, model: reference.folder.appendingPathComponent("step00/model.onnx"))
    let mean = reference.manifest.free_running_mean
    var losses: [Double] = []
    for batch in 0...mean.last_step {
      losses.append(try step.run(batch: batch))
      try step.update()
    }
    let window = losses[mean.first_step...mean.last_step]
    let own = window.reduce(0, +) / Double(window.count)
    print("figure: mean loss of steps \(mean.first_step) to \(mean.last_step): \(own), PyTorch \(mean.loss)")
    #expect(abs(own - mean.loss) <= 0.05 * mean.loss)
  }

  private func relativeNorm(_ a: Tensor, _ b: Tensor) -> Double {
    let difference = zip(a.doubles, b.doubles).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let norm = b.doubles.reduce(0) { $0 + $1 * $1 }
    return (difference / max(norm, 1e-30)).squareRoot()
  }
}

/// The folder of reference figures.
private struct Reference {
  struct Manifest: Decodable {
    struct Point: Decodable {
      let name: String
      let step: Int
      let loss: Double
      let float32_channels_last_gradient_errors: [String: Double]
    }
    struct Mean: Decodable {
      let first_step: Int
      let last_step: Int
      let loss: Double
    }
    let batch: Int
    let learning_rate: Double
    let momentum: Double
    let weight_decay: Double
    let parameters: [String]
    let points: [Point]
    let free_running_mean: Mean
  }

  static var folder: String? { ProcessInfo.processInfo.environment["PARE_REFERENCE"] }
  let folder: URL
  let manifest: Manifest

  init() throws {
    folder = URL(fileURLWithPath: try #require(Self.folder))
    manifest = try JSONDecoder().decode(
      Manifest.self, from: Data(contentsOf: folder.appendingPathComponent("manifest.json")))
  }

  func tensor(_ path: String) throws -> Tensor { try NPY.read(folder.appendingPathComponent(path).path) }

  func files(_ path: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: folder.appendingPathComponent(path), includingPropertiesForKeys: nil)
  }
}

/// A compiled training step of the reference network with mean cross-entropy.
private struct TrainingStep {
  let reference: Reference
  let state: TrainingState
  let gradients: GradientProgram
  let optimizer: UpdateProgram
  let classes = 10

  init(_ reference: Reference, model: URL, isExact: Bool = false) throws {
    self.reference = reference
    let graph = try ONNXFile.read(model).graph
    let builder = try GraphBuilder(extending: graph)
    let target = builder.input("target", shape: [.batch, .fixed(10)])
    let logarithms = try builder.logSoftmax(Value(graph.outputs[0].name))
    let matched = try builder.add(
      ReduceSum(axes: [1], keepDimensions: false), builder.product(logarithms, target))
    let loss = try builder.scaled(builder.add(ReduceMean(axes: [], keepDimensions: false), matched), by: -1)
    try builder.output(loss, as: "loss")
    let full = try builder.build()
    let engine = Engine(threads: 2, isExact: isExact)
    state = TrainingState(graph: full)
    gradients = try GradientProgram(
      full.differentiated(loss: "loss", withRespectTo: full.trainableParameters()), batch: reference.manifest.batch,
      state: state, engine: engine)
    let decay = UpdateSettings(weightDecay: reference.manifest.weight_decay)
    optimizer = UpdateProgram(
      rule: .sgd(momentum: reference.manifest.momentum, nesterov: false), state: state, engine: engine
    ) { _ in decay }
  }

  func run(batch: Int) throws -> Double {
    let number = String(format: "%03d", batch)
    let labels = try reference.tensor("batches/\(number).labels.npy").integers
    var target = [Float](repeating: 0, count: labels.count * classes)
    for (row, label) in labels.enumerated() { target[row * classes + label] = 1 }
    let results = try gradients.run([
      gradients.inputs[0].name: reference.tensor("batches/\(number).x.npy"),
      "target": Tensor(target, shape: [labels.count, classes]),
    ])
    return results["loss"]!.doubles[0]
  }

  func update() throws { try optimizer.run(rate: reference.manifest.learning_rate) }
}
