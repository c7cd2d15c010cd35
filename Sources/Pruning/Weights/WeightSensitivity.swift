import Datasets
import Engine
import Foundation
import Graphs
import Measurement
import Tensors
import Training

/// Measures what each layer can lose of its weights, one layer at a time and without training, and shares a sparsity out.
struct WeightSensitivity {
  /// The network.
  var model: Model
  /// Which weights of a layer go.
  var rule: WeightRule
  /// What was measured of the weights for the criterion.
  var evidence: [String: [Double]]
  /// How the data was prepared, where not by the model's own preparation.
  var preparation: Preparation?
  /// A request to stop.
  var stop: StopToken?

  /// The shares of zeros at which layers are tried for a sparsity s: 1 − (1 − s)^k for k = 1/2, 1 and 3/2.
  static func trials(for sparsity: Double) -> [Double] { [0.5, 1, 1.5].map { 1 - pow(1 - sparsity, $0) } }

  /// The curve of each layer, in the rule's order.
  /// - Throws: what measuring throws; `PareError.interrupted` when asked to stop.
  func curves(sparsity: Double, by measurement: SensitivityMeasurement) throws -> [SensitivityCurve] {
    let trials = Self.trials(for: sparsity)
    let masks = try trials.map { share in
      var even = rule
      even.shares = rule.names.map { _ in share }
      return try even.masks(of: model.graph, sparsity: share, given: evidence)
    }
    let names = (0..<rule.names.count * trials.count).map(String.init)
    let (original, results) = try measurement.measure(
      original: model.graphOnRawPixels(batches: preparation), candidates: names
    ) { name in
      if stop?.isStopped ?? false { throw PareError(.interrupted, "pruning was interrupted; nothing was kept") }
      let (layer, trial) = Int(name)!.quotientAndRemainder(dividingBy: trials.count)
      let weights = rule.names[layer]
      var changed = model
      changed.graph = WeightMasks([weights: masks[trial].kept[weights]!]).applied(to: model.graph)
      return try changed.graphOnRawPixels(batches: preparation)
    }
    return rule.names.indices.map { layer in
      let points = trials.indices.map { trial -> SensitivityCurve.Point in
        let result = results[layer * trials.count + trial]
        let zeros = WeightMasks.zeros(in: masks[trial].kept[rule.names[layer]]!)
        let share = Double(zeros) / Double(max(rule.counts[layer], 1))
        return .init(
          removed: zeros, fraction: share, top1: result.accuracy.top1, loss: result.accuracy.loss)
      }
      return SensitivityCurve(top1: original.top1, loss: original.loss, points: points)
    }
  }

  /// The sparsity of each layer that makes that of all of them: repeatedly a fiftieth of the layer goes for which the
  /// predicted loss rises least for each weight. Losses are taken to add up.
  ///
  /// - Parameters:
  ///   - counts: how many weights each layer has.
  ///   - floor: the share of each layer's weights that stays at least.
  ///   - chance: the top-1 of a network that sees nothing.
  static func shares(
    curves: [SensitivityCurve], counts: [Int], sparsity: Double, floor: Double, chance: Double
  ) -> [Double] {
    var zeros = counts.map { _ in 0 }
    var left = Int((sparsity * Double(counts.reduce(0, +))).rounded())
    func share(_ layer: Int) -> Double { Double(zeros[layer]) / Double(max(counts[layer], 1)) }
    func loss(_ layer: Int, _ zeros: Int) -> Double {
      curves[layer].predictedLoss(removing: Double(zeros) / Double(max(counts[layer], 1)), chance: chance)
    }
    while left > 0 {
      let steps = counts.indices.compactMap { layer -> (layer: Int, size: Int, rate: Double)? in
        let most = counts[layer] - Int((floor * Double(counts[layer])).rounded(.up)) - zeros[layer]
        let size = min(max(counts[layer] / 50, 1), most, left)
        guard size > 0 else { return nil }
        return (layer, size, (loss(layer, zeros[layer] + size) - loss(layer, zeros[layer])) / Double(size))
      }
      // Of equal rates the layer goes on that has lost the smallest share, so that nothing is emptied for nothing.
      guard let best = steps.min(by: { ($0.rate, share($0.layer)) < ($1.rate, share($1.layer)) }) else { break }
      zeros[best.layer] += best.size
      left -= best.size
    }
    return counts.indices.map(share)
  }
}
