import CKernels
import Foundation
import Graphs
import Tensors

/// How a gradient becomes a step.
public enum UpdateRule: Sendable, Hashable {
  /// Stochastic gradient descent with momentum, PyTorch's formulas: m = momentum m + g, w -= rate (m, or g + momentum m
  /// with Nesterov). (Sutskever et al. 2013.)
  case sgd(momentum: Double, nesterov: Bool)
  /// Adam (Kingma and Ba 2015), or AdamW where decay is decoupled from the gradient (Loshchilov and Hutter 2019).
  case adam(beta1: Double, beta2: Double, epsilon: Double, decoupled: Bool)

  var momentCount: Int {
    switch self {
    case .sgd(let momentum, _): momentum == 0 ? 0 : 1
    case .adam: 2
    }
  }
}

/// A parameter's share in an update.
public struct UpdateSettings: Sendable, Hashable {
  /// A factor on the learning rate; 0 freezes.
  public var rateFactor: Double
  /// The weight decay.
  public var weightDecay: Double

  /// Makes settings.
  public init(rateFactor: Double = 1, weightDecay: Double = 0) {
    self.rateFactor = rateFactor
    self.weightDecay = weightDecay
  }
}

/// The optimizer's step over all parameters in one pass; neighbours with equal settings are updated together.
public final class UpdateProgram {
  private struct Run {
    var offset: Int
    var count: Int
    var settings: UpdateSettings
  }

  private let rule: UpdateRule
  private let state: TrainingState
  private let engine: Engine
  private let runs: [Run]

  /// Prepares updates of all trainable parameters with the settings given by name.
  public init(rule: UpdateRule, state: TrainingState, engine: Engine, settings: (String) -> UpdateSettings) {
    self.rule = rule
    self.state = state
    self.engine = engine
    var runs: [Run] = []
    for name in state.trainable {
      let place = state.memory.places[name]!
      let floats = AlignedMemory.padded(place.shape.count * 4) / 4
      let own = settings(name)
      if let last = runs.last, last.settings == own, last.offset + last.count == place.offset / 4 {
        runs[runs.count - 1].count += floats
      } else {
        runs.append(Run(offset: place.offset / 4, count: floats, settings: own))
      }
    }
    self.runs = runs.filter { $0.settings.rateFactor != 0 }
  }

  /// Makes one update from the gradients in the state. Weights that the state holds at zero stay there.
  /// - Parameter gradientScale: a factor on every gradient: 1/n after accumulating n batches, less when clipping.
  public func run(rate: Double, gradientScale: Double = 1) throws {
    let moments = state.momentBuffers(rule.momentCount)
    try engine.run {
      state.maskGradients()
      let weights = state.memory.trainableBase
      let gradients = state.gradients.floats
      if gradientScale != 1 { pk_scale(Int64(state.trainableFloats), Float(gradientScale), gradients) }
      let time = Double(state.updates + 1)
      for run in runs {
        let step = Float(rate * run.settings.rateFactor)
        let (w, g, n) = (weights + run.offset, gradients + run.offset, Int64(run.count))
        switch rule {
        case .sgd(let momentum, let nesterov):
          pk_sgd(
            n, w, g, moments.first.map { $0.floats + run.offset }, step, Float(momentum), 0,
            Float(run.settings.weightDecay), nesterov ? 1 : 0)
        case .adam(let beta1, let beta2, let epsilon, let decoupled):
          pk_adam(
            n, w, g, moments[0].floats + run.offset, moments[1].floats + run.offset, step, Float(beta1), Float(beta2),
            Float(epsilon), Float(run.settings.weightDecay), decoupled ? 1 : 0, Float(1 - pow(beta1, time)),
            Float(1 - pow(beta2, time)))
        }
      }
    }
    state.countUpdate()
  }
}
