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
    var seen: Set<String> = []
    var (units, dense): ([WeightUnits], [WeightPruningReport.Dense]) = ([], [])
    for layer in layers where seen.insert(layer.weights).inserted {
      let shape = graph.parameters[layer.weights]!.shape
      let reason =
        ignored.contains(layer.weights)
        ? "it is to be left alone"
        : WeightUnits.reason(against: configuration.granularity, for: layer, shape: shape)
      if let reason {
        dense.append(.init(name: layer.weights, weights: shape.count, reason: reason))
      } else if let own = WeightUnits(layer, shape: shape, granularity: configuration.granularity) {
        units.append(own)
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
      kept = WeightThreshold(selection: configuration.selection, floor: configuration.floor ?? 0)
        .masks(layers, sparsity: sparsity)
    }
    return WeightMasks(
      Dictionary(uniqueKeysWithValues: names.indices.map { (names[$0], Tensor(kept[$0], shape: shapes[$0])) }))
  }
}
