import Engine
import Graphs
import Tensors

/// Which weights of a network go at a sparsity: criterion, granularity and selection on its layers.
struct WeightRule: Sendable {
  /// What weights are judged by.
  let criterion: any WeightScoring
  /// The names of the weights that are pruned, in network order.
  let names: [String]
  /// The layers that are left alone, and why.
  let dense: [WeightPruningReport.Dense]
  private let configuration: WeightPruningConfiguration
  private let units: [WeightUnits]

  /// What weights were before their training, for criteria that compare.
  var initial: [String: [Float]] = [:]
  /// The sparsity of each layer at the end, where layers differ.
  var shares: [Double]?
  /// How many weights each layer has.
  var counts: [Int] { units.map(\.unitOf.count) }
  /// The sparsity at the end of all layers together.
  var sparsity: Double {
    guard let shares else { return configuration.sparsity ?? 0 }
    let all = counts.reduce(0, +)
    return zip(shares, counts).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(max(all, 1))
  }

  /// Looks at a network.
  /// - Parameter criterion: what judges weights in place of the configuration's criterion.
  /// - Throws: `PareError.usage` for a pattern that no layer fits and where no layer can be pruned.
  init(
    _ configuration: WeightPruningConfiguration, graph: Graph, criterion: (any WeightScoring)? = nil
  ) throws {
    self.configuration = configuration
    self.criterion = try criterion ?? PruningCriteria.weightCriterion(named: configuration.criterion)
    let layers = try graph.weightedLayers()
    let ignored = try layers.weights(fitting: configuration.ignore)
    let ratios = try configuration.layerRatios.map { (layers: try layers.weights(fitting: [$0.pattern]), $0.removed) }
    var shares: [Double] = []
    var seen: Set<String> = []
    var (units, dense): ([WeightUnits], [WeightPruningReport.Dense]) = ([], [])
    for layer in layers where seen.insert(layer.weights).inserted {
      let shape = graph.parameters[layer.weights]!.shape
      let ratio = ratios.first { $0.layers.contains(layer.weights) }?.1
      let reason =
        ignored.contains(layer.weights) || !ratios.isEmpty && ratio == nil
        ? "it is to be left alone"
        : WeightUnits.reason(against: configuration.granularity, for: layer, shape: shape)
      if let reason {
        dense.append(.init(name: layer.weights, weights: shape.count, reason: reason))
      } else if let own = WeightUnits(layer, shape: shape, granularity: configuration.granularity) {
        units.append(own)
        if let ratio { shares.append(ratio) }
      }
    }
    guard !units.isEmpty else {
      throw PareError(
        .usage,
        "no layer of this network can be pruned by \(configuration.granularity.text)"
          + (dense.first.map { ": \($0.name) is \($0.reason)" } ?? ""))
    }
    (self.units, self.dense) = (units, dense)
    names = units.map(\.name)
    self.shares = ratios.isEmpty ? nil : shares
  }

  /// The masks at a sparsity. What is zero in `masked` stays so: it counts towards the sparsity before all else.
  /// - Throws: `PareError.badInput` where a weight or a score is no finite number.
  func masks(
    of graph: Graph, sparsity: Double, masked: [String: Tensor] = [:], given evidence: [String: [Double]] = [:]
  ) throws -> WeightMasks {
    try masks(sparsity: sparsity, masked: masked, given: evidence) { graph.parameters[$0]!.tensor }
  }

  /// The masks at a sparsity of weights that are found by name.
  func masks(
    sparsity: Double, masked: [String: Tensor], given evidence: [String: [Double]] = [:], of weights: (String) -> Tensor
  ) throws -> WeightMasks {
    let context = WeightContext(seed: configuration.seed, evidence: evidence, initial: initial)
    var shapes: [Shape] = []
    let layers = try units.map { units in
      let tensor = weights(units.name)
      shapes.append(tensor.shape)
      var scores = criterion.weightScores(of: tensor.floats, named: units.name, given: context)
      guard scores.allSatisfy(\.isFinite) else {
        throw PareError(.badInput, "the weights \"\(units.name)\" are not all finite numbers; train the network again")
      }
      masked[units.name]?.withUnsafeBytes { keep in
        for index in scores.indices where keep[index] == 0 { scores[index] = -.infinity }
      }
      return WeightThreshold.Layer(units: units, scores: units.scores(of: scores))
    }
    let kept: [[UInt8]]
    if case .pattern(let count, _) = configuration.granularity {
      kept = layers.map { WeightThreshold.masks($0, keeping: count) }
    } else {
      kept = WeightThreshold(
        selection: configuration.selection, floor: configuration.floor ?? 0,
        shares: shares.map { ($0, self.sparsity) }
      ).masks(layers, sparsity: sparsity)
    }
    return WeightMasks(
      Dictionary(uniqueKeysWithValues: names.indices.map { (names[$0], Tensor(kept[$0], shape: shapes[$0])) }))
  }
}

extension WeightRule: MaskRule {
  func evidence() -> AccumulatedEvidence? {
    (criterion as? any AccumulatingCriterion).map { AccumulatedEvidence(for: $0, of: names) }
  }

  func masks(
    sparsity: Double, masked: [String: Tensor], given evidence: [String: [Double]], in state: TrainingState
  ) throws -> WeightMasks {
    try masks(sparsity: sparsity, masked: masked, given: evidence) { state.memory.tensor($0) }
  }
}
