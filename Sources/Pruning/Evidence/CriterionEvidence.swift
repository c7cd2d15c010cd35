import Datasets
import Engine
import Graphs
import Measurement
import Tensors
import Training

/// What was measured on samples for a criterion: a number for each index along some axes of channels.
public struct CriterionEvidence: Sendable, Equatable {
  /// The numbers by axis.
  public private(set) var numbers: [Slot: [Double]]

  /// Holds what was measured; by default nothing.
  public init(numbers: [Slot: [Double]] = [:]) { self.numbers = numbers }

  /// Measures what a criterion asks for; nothing for one that looks at weights alone.
  ///
  /// - Parameters:
  ///   - samples: part of the training data; for gradients it needs labels.
  ///   - preparation: how the data was prepared, where not by the model's own preparation.
  ///   - batchSize: samples in a batch: statistics are taken of each batch and averaged over them. What is left over is
  ///     not looked at.
  /// - Throws: `PareError.badInput` where the samples do not fit the network or a number is not finite,
  ///   `PareError.usage` where the network has nothing of what the criterion looks at.
  public init(
    for criterion: any PruningCriterion, on model: Model, samples: Split, preparation: Preparation? = nil,
    batchSize: Int, engine: Engine
  ) throws {
    let measurement = EvidenceMeasurement(
      model: model, samples: samples, preparation: preparation, batchSize: batchSize, engine: engine)
    if let criterion = criterion as? any ActivationCriterion {
      numbers = try measurement.activations(for: criterion)
    } else if let criterion = criterion as? any GradientCriterion {
      numbers = try measurement.gates(for: criterion)
    } else {
      numbers = [:]
    }
    if let slot = numbers.keys.sorted(by: { ($0.value, $0.axis) < ($1.value, $1.axis) })
      .first(where: { !numbers[$0]!.allSatisfy(\.isFinite) })
    {
      throw PareError(
        .badInput, "what was measured at \"\(slot.value)\" are not all finite numbers; train the network again")
    }
  }
}
