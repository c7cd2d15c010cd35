import Datasets
import Engine
import Graphs
import Measurement
import Pruning
import Quantization
import Tensors

/// Finds how many MACs may be left so that every target is met by the network in its final form.
///
/// Targets on MACs and parameters are counted. Size, memory and latency are those of candidates that are pruned evenly,
/// quantized and written or run, without training: they depend on shapes, not on weights.
struct BudgetSearch {
  private let request: CompressionRequest
  private let data: CompressionData
  private let original: MeasuredNetwork

  init(_ request: CompressionRequest, data: CompressionData, original: MeasuredNetwork) {
    self.request = request
    self.data = data
    self.original = original
  }

  /// The MACs that may be left; nil where no stage prunes.
  func macsLimit() throws -> (macs: Int?, notes: [String]) {
    guard request.settings.stages.contains(where: { $0.stage is PruneStage || $0.stage is RemoveBlocksStage }) else {
      return (nil, [])
    }
    let total = Double(original.costs.macs)
    var fraction = 1.0
    for target in request.settings.targets where target.kind == .macs {
      fraction = min(fraction, target.limit(original: total) / total)
    }
    let others = request.settings.targets.filter { $0.kind != .macs }
    guard !others.isEmpty, try !isMet(others, at: fraction) else { return (Int(total * fraction), []) }
    // Bisection: the largest share of the MACs at which everything is met.
    var (low, high) = (0.02, fraction)
    guard try isMet(others, at: low) else {
      return (
        Int(total * low),
        ["No network of this shape meets \(others.map(\.description).joined(separator: ", ")): the smallest is made."]
      )
    }
    for step in 0..<6 {
      request.observer.onWork?("searching the budget", step, 6)
      let middle = (low + high) / 2
      if try isMet(others, at: middle) { low = middle } else { high = middle }
    }
    request.observer.onWork?("searching the budget", 6, 6)
    return (Int(total * low), ["The budget allows \(Int((low * 100).rounded())) % of the MACs."])
  }

  /// Whether a candidate with a share of the MACs meets targets of other kinds.
  private func isMet(_ targets: [CompressionTarget], at fraction: Double) throws -> Bool {
    let candidate = try candidate(fraction)
    return targets.allSatisfy { target in
      guard let first = original.quantity(target.kind), let value = candidate.quantity(target.kind) else { return true }
      return target.isMet(by: value, original: first)
    }
  }

  private func candidate(_ fraction: Double) throws -> MeasuredNetwork {
    var model = request.model
    if fraction < 1 {
      let limit = Int(Double(original.costs.macs) * fraction)
      model.graph = try EvenPruning(model.graph, seed: request.settings.seed).pruned(toMACs: limit)
    }
    if request.settings.stages.contains(where: { $0.stage is QuantizeStage }) {
      let configuration = try QuantizationConfiguration(samples: 32, correctsBias: false)
      model = try StaticQuantization(configuration).compress(
        model, calibratingWith: data.training, batches: data.preparation, engine: request.engine
      ).model
    }
    model = try CompressionResult.deployable(model)
    var measured = try MeasuredNetwork(model, bytes: model.onnxBytes().count)
    if request.settings.targets.contains(where: { $0.kind == .latency || $0.kind == .fps }) {
      measured.latency = try LatencyMeasurement.quick.measure(model.graph, engine: request.engine)
    }
    return measured
  }
}
