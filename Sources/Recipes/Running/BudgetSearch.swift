import Datasets
import Engine
import Graphs
import Measurement
import PareFormat
import Pruning
import Quantization
import Tensors

/// Finds how much may be left so that every target is met by the network in its final form.
///
/// One target on MACs, parameters or channels, or on the size of a file that is not quantized, is what pruning counts
/// itself; a latency it counts by the times of layers, which are measured for the shapes that it thinks of. Otherwise it is a
/// number of MACs: sizes, memory and latency are those of candidates that are pruned evenly, quantized and written or run,
/// without training, since they depend on shapes, not on weights. What comes out is measured again, because its layers need
/// not shrink evenly; where whole blocks go, it is measured after each.
struct BudgetSearch {
  private let request: CompressionRequest
  private let data: CompressionData
  private let original: MeasuredNetwork

  /// Prepares the search.
  /// - Throws: what packing the original throws, where its packed size counts: it is packed once, not for each candidate.
  init(_ request: CompressionRequest, data: CompressionData, original: MeasuredNetwork) throws {
    self.request = request
    self.data = data
    var original = original
    if request.settings.targets.contains(where: { $0.kind == .packedSize }) {
      original.packedBytes = try request.model.pareBytes().count
    }
    self.original = original
  }

  /// What pruning is to reach.
  struct Goal {
    /// What may be left; nil where no stage prunes or nothing is asked of it.
    var target: PruningTarget?
    /// What a network has of what targets limit, over what it may have, where `target` does not say it.
    var excess: ((Model) throws -> Double)?
    /// What is to be said of it.
    var notes: [String] = []
  }

  /// What pruning is to reach.
  func goal() throws -> Goal {
    let targets = request.settings.targets
    if contains(RemoveBlocksStage.self) {
      guard !targets.isEmpty else { return Goal() }
      let counted = targets.first { $0.kind == .macs } ?? targets.first { $0.kind == .parameters }
      return Goal(
        target: try counted.flatMap(counted(by:)) ?? .macs(1),
        excess: targets.count == 1 && counted != nil ? nil : { try excess(over: targets, of: $0) })
    }
    guard contains(PruneStage.self), !targets.isEmpty else { return Goal() }
    if targets.count == 1, let target = try counted(by: targets[0]) { return Goal(target: target) }
    if targets.count == 1, let target = try timed(by: targets[0]) {
      return Goal(target: target, excess: { try excess(over: targets, of: $0) })
    }
    let (macs, notes) = try macsLimit()
    return Goal(
      target: PruningTarget(.macs, .absolute(max(macs, 1))), excess: { try excess(over: targets, of: $0) },
      notes: notes)
  }

  /// A target that pruning counts itself; nil for one that has to be measured.
  private func counted(by target: CompressionTarget) throws -> PruningTarget? {
    let resource: PruningTarget.Resource
    switch target.kind {
    case .macs: resource = .macs
    case .parameters: resource = .parameters
    case .channels: resource = .channels
    case .size where !contains(QuantizeStage.self) && !isPacked: resource = .size
    default: return nil
    }
    guard let first = try original.quantity(target.kind) else { return nil }
    // Stages write lines into a file's history.
    let reserved = resource == .size ? 400 : 0
    return PruningTarget(resource, .absolute(max(Int(target.limit(original: first)) - reserved, 1)))
  }

  /// A latency or frame rate as the same share of what the layers that multiply take; nil where pruning goes by other costs:
  /// where the network becomes one of int8, whose layers take other times, and where nothing measures what removals hurt.
  private func timed(by target: CompressionTarget) throws -> PruningTarget? {
    guard target.kind == .latency || target.kind == .fps, !contains(QuantizeStage.self),
      let first = try original.quantity(target.kind),
      request.settings.stages.allSatisfy({ any in
        (any.stage as? PruneStage).map { $0.selection == .sensitivity && $0.layerRatios.isEmpty } ?? true
      })
    else { return nil }
    let limit = target.limit(original: first)
    let share = (target.kind == .fps ? first / limit : limit / first) * Self.margin
    return PruningTarget(.latency, .fraction(min(max(share, 0.02), 1)))
  }

  /// How much below a latency is aimed at: what is measured again comes out a little different each time.
  private static let margin = 0.97

  /// Whether the file that is written is a packed one.
  private var isPacked: Bool { request.singleFile?.pathExtension == "pare" }

  private func contains<Stage: CompressionStage>(_ type: Stage.Type) -> Bool {
    request.settings.stages.contains { $0.stage is Stage }
  }

  /// The MACs that may be left.
  private func macsLimit() throws -> (macs: Int, notes: [String]) {
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
    var model = request.model
    if fraction < 1 {
      let limit = Int(Double(original.costs.macs) * fraction)
      model.graph = try EvenPruning(model.graph, seed: request.settings.seed).pruned(toMACs: limit)
    }
    return try excess(over: targets, of: model) <= 1
  }

  /// What a network has of what targets limit, over what it may have: the most of all targets.
  private func excess(over targets: [CompressionTarget], of network: Model) throws -> Double {
    let model = try final(network)
    var first = original
    var last = try MeasuredNetwork(model, bytes: (isPacked ? model.pareBytes() : model.onnxBytes()).count)
    if targets.contains(where: { $0.kind == .latency || $0.kind == .fps }) {
      var interleaved = InterleavedLatency()
      (interleaved.rounds, interleaved.timesLayers) = (3, false)
      let (before, after) = try interleaved.measure(request.model.graph, model.graph, engine: request.engine)
      (first.latency, last.latency) = (before, after)
    }
    return try targets.reduce(0) { most, target in
      guard let first = try first.quantity(target.kind), let value = try last.quantity(target.kind) else { return most }
      let isTimed = target.kind == .latency || target.kind == .fps
      return max(most, target.excess(of: value, original: first) / (isTimed ? Self.margin : 1))
    }
  }

  /// A float network in its final form.
  private func final(_ network: Model) throws -> Model {
    var model = network
    if contains(QuantizeStage.self) {
      let configuration = try QuantizationConfiguration(samples: 32, correctsBias: false)
      model = try StaticQuantization(configuration).compress(
        model, calibratingWith: data.training, batches: data.preparation, engine: request.engine
      ).model
    }
    return request.singleFile == nil ? try CompressionResult.deployable(model) : model
  }
}
