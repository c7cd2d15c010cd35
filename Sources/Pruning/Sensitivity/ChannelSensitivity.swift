import Datasets
import Engine
import Graphs
import Measurement
import Tensors
import Training

/// Measures what each group of channels can lose: one group at a time, some ratios each, without fine-tuning.
///
/// Where statistics will be recalibrated behind the removal, batches are normalised by their own: with those of the whole
/// network accuracy says little of what fine-tuning makes of a smaller one. (Li et al. 2020, "EagleEye: fast sub-net
/// evaluation for efficient neural network pruning", section 3.3.)
struct ChannelSensitivity {
  /// The network.
  var model: Model
  /// How channels are taken out, with or without their means.
  var surgery: ChannelSurgery
  /// How the data was prepared, where not by the model's own preparation.
  var preparation: Preparation?
  /// How far groups may shrink.
  var limits: ChannelLimits
  /// The fractions of a group's channels that are removed.
  var ratios: [Double]
  /// Whether batches are normalised by their own statistics.
  var normalizesByBatches = false
  /// A request to stop.
  var stop: StopToken?

  /// The cross-entropy without some channels, infinite where it is no number.
  /// - Throws: what removing and measuring throw; `PareError.interrupted` when asked to stop.
  func loss(without channels: [CoupledSet], by measurement: SensitivityMeasurement) throws -> Double {
    let loss = try measurement.accuracy(of: graph(without: channels)).loss
    return loss.isFinite ? loss : .infinity
  }

  /// A candidate: a group with some of its channels removed.
  private struct Trial {
    var group: Int
    var removed: Int
  }

  /// The curve of each group, on the measurement's samples. Of the ratios those are tried that the limits allow; where
  /// they allow none, the most that they allow.
  ///
  /// - Parameter originals: how many channels each group had at first.
  /// - Throws: what removing and measuring throw; `PareError.interrupted` when asked to stop.
  func curves(
    of groups: [PrunableGroup], originals: [Int], by measurement: SensitivityMeasurement
  ) throws -> [SensitivityCurve] {
    let trials = groups.indices.flatMap { index -> [Trial] in
      let channels = groups[index].order.count
      let most = channels - limits.floor(original: originals[index])
      let counts = ratios.map { min(most, Int(($0 * Double(channels)).rounded())) }
      return Set(counts).filter { $0 > 0 }.sorted().map { Trial(group: index, removed: $0) }
    }
    let names = trials.indices.map(String.init)
    let (original, results) = try measurement.measure(
      original: graph(without: []), candidates: names
    ) { name in
      let trial = trials[Int(name)!]
      return try graph(without: Array(groups[trial.group].order.prefix(trial.removed)))
    }
    var points: [[SensitivityCurve.Point]] = groups.map { _ in [] }
    for (trial, result) in zip(trials, results) {
      let fraction = Double(trial.removed) / Double(groups[trial.group].order.count)
      points[trial.group].append(
        .init(
          removed: trial.removed, fraction: fraction, top1: result.accuracy.top1, loss: result.accuracy.loss))
    }
    return points.map { SensitivityCurve(top1: original.top1, loss: original.loss, points: $0) }
  }

  private func graph(without channels: [CoupledSet]) throws -> Graph {
    if stop?.isStopped ?? false { throw PareError(.interrupted, "pruning was interrupted; nothing was kept") }
    var changed = model
    changed.graph = try surgery.removing(channels, from: model.graph)
    let graph = try changed.graphOnRawPixels(batches: preparation)
    return normalizesByBatches ? graph.normalizingByBatches : graph
  }
}
