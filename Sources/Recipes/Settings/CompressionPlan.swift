import Datasets
import Distillation
import Engine
import Graphs
import Measurement
import Pruning
import Quantization
import Tensors
import Training

/// What the user wants, in the words of the command line; the plan turns it into stages.
public struct CompressionWishes: Sendable, Equatable {
  /// The budget.
  public var targets: [CompressionTarget] = []
  /// The largest acceptable drop in top-1.
  public var maxDrop: Double?
  /// The least acceptable top-1.
  public var minTop1: Double?
  /// Whether the network becomes one of int8 in the end.
  public var quantizes = true
  /// When channels go: `agp` and `soft` train once with ever more of them at zero, otherwise they go step by step.
  public var channelSchedule = SparsitySchedule.iterative
  /// In how many steps of equal fractions channels are removed; nil: in as many as keep each small.
  public var removalSteps: Int?
  /// Epochs of training in all: a twelfth between the steps of pruning, the rest behind them.
  public var epochs = 10
  /// Samples in a step.
  public var batchSize = 128
  /// The peak learning rate; nil: 0.03 with batch normalisation, 0.01 without.
  public var rate: Double?
  /// The temperature of the teacher's scores.
  public var temperature = 4.0
  /// The weight of the teacher's scores; the labels get the rest.
  public var teacherWeight = 0.9
  /// The pruning criterion.
  public var criterion = "l1"
  /// How the numbers of a coupled channel become one score.
  public var aggregation = ScoreAggregation.sum
  /// What a layer's scores are divided by; nil: what the criterion takes for the best.
  public var normalization: ScoreNormalization?
  /// How it is decided how many channels each layer loses.
  public var selection = ChannelSelection.sensitivity
  /// The fractions of their channels that some layers lose, and no others.
  public var layerRatios: [LayerRatio] = []
  /// Whether whole residual blocks are removed for the targets, instead of channels.
  public var removesBlocks = false
  /// Layers that are left alone by pruning.
  public var ignore: [String] = []
  /// Weights that are set to zero, besides the channels that targets ask to remove; nil: none. Its epochs are not read:
  /// the stage gets all of them, or half where channels are pruned before.
  public var weights: WeightPruningConfiguration?
  /// Epochs of training all weights again behind the training with zeros; nil: the zeros stay.
  public var densify: Int?
  /// Whether what channels or blocks were removed from gets fresh weights before it is trained, for all epochs: the control.
  public var startsFromScratch = false
  /// Whether that control trains for as much compute instead: for more epochs, as they are cheaper.
  public var matchesCompute = false
  /// A search for a lottery ticket in place of everything else; nil: none. Its epochs are not read: each round gets all
  /// of them.
  public var lottery: LotteryConfiguration?
  /// The network whose weights those that stay start again from in each round.
  public var rewind: String?
  /// Channels are kept in multiples of this; nil: chosen for the target.
  public var roundTo: Int?
  /// The fraction of its channels that each group keeps at least; nil: chosen for the target.
  public var floor: Double?
  /// Whether batch normalisation is put back into a network that came with it folded.
  public var reinsertsBatchNorm = true
  /// Whether batch normalisations get the statistics of the smaller network when channels were removed.
  public var recalibrates = true
  /// How many plans of what channels go are compared as a whole before each step; nil: the usual number.
  public var plans: Int?
  /// How activations are calibrated.
  public var calibration = "minmax"
  /// Samples that calibrate.
  public var calibrationSamples = 512
  /// How images are varied in training; nil: crops and flips for colour images of 16 pixels and more, shifts for
  /// smaller or grey ones.
  public var augmentation: String?
  /// The number format of training.
  public var precision = ProgramOptions.Precision.float32
  /// The seed of everything random.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}
}

/// Chooses the stages for a network, its data and a budget.
public struct CompressionPlan {
  /// The share of the training split that an epoch between steps of pruning sees.
  static let shortShare = 0.25

  /// Short epochs between the steps of pruning, all together, and whole ones behind the last: a twelfth of the epochs is
  /// spent in between, which brings a network back far enough to be pruned again. Of fewer than twelve all are behind:
  /// there they do more.
  static func epochs(_ total: Int) -> (between: Int, behind: Int) {
    let whole = total / 12
    return (Int(Double(whole) / shortShare), total - whole)
  }

  /// The settings that do what is wished.
  ///
  /// Without labels: static int8 only. Channels are pruned only when a target asks for less than int8 gives, where that is
  /// wanted; the quantized network is then the last stage.
  /// - Throws: `PareError.usage` where a target needs training and the data has no labels.
  public static func settings(
    for model: Model, hasLabels: Bool, wishes: CompressionWishes
  ) throws -> CompressionSettings {
    if let lottery = wishes.lottery {
      return try settings(searching: lottery, model: model, hasLabels: hasLabels, wishes)
    }
    var stages: [any CompressionStage] = []
    var wishes = wishes
    let epochs = wishes.epochs
    if try !wishes.layerRatios.isEmpty
      || asksForPruning(wishes.targets, costs: model.graph.costs(), quantizes: wishes.quantizes)
    {
      guard hasLabels else {
        throw PareError(
          .usage,
          "the targets ask for pruning, which is judged by labels, and the data has none; give a class folder, or "
            + "leave --target out for int8 alone")
      }
      if wishes.weights != nil { wishes.epochs = epochs / 2 }
      if wishes.reinsertsBatchNorm, BatchNormInsertion.isWanted(for: model.graph) {
        stages.append(InsertBatchNormStage())
      }
      let isAtOnce = wishes.removesBlocks || wishes.removalSteps == 1
      let isMasked = wishes.channelSchedule.isWithinTraining && !wishes.removesBlocks
      let split =
        isMasked
        ? (between: wishes.epochs, behind: 0)
        : isAtOnce ? (between: 0, behind: wishes.epochs) : Self.epochs(wishes.epochs)
      var between = try training(wishes, model: model, epochs: 1, behind: stages)
      if !isMasked { between.rate /= 2 }
      var pruning = PruneStage(
        criterion: wishes.criterion, fineTuneEpochs: split.between, fineTuneShare: isMasked ? 1 : shortShare,
        training: between, distillation: try distillation(wishes))
      (pruning.roundTo, pruning.floor, pruning.steps) = (wishes.roundTo, wishes.floor, wishes.removalSteps)
      (pruning.aggregation, pruning.normalization) = (wishes.aggregation, wishes.normalization)
      (pruning.selection, pruning.layerRatios, pruning.ignore) = (wishes.selection, wishes.layerRatios, wishes.ignore)
      (pruning.schedule, pruning.recalibrates) = (wishes.channelSchedule, wishes.recalibrates)
      pruning.plans = wishes.plans
      stages.append(wishes.removesBlocks ? RemoveBlocksStage(ignore: wishes.ignore) : pruning)
      if wishes.startsFromScratch { stages.append(ReinitializeStage()) }
      let behind = wishes.startsFromScratch ? wishes.epochs : split.behind
      if behind > 0 {
        var stage = TrainStage(
          training: try training(wishes, model: model, epochs: behind, behind: stages),
          distillation: try distillation(wishes), usesHeldOut: wishes.weights == nil)
        stage.matchesCompute = wishes.matchesCompute
        stages.append(stage)
      }
    }
    if let weights = wishes.weights {
      let left = stages.isEmpty ? epochs : epochs - wishes.epochs
      if stages.isEmpty, left > 0, wishes.reinsertsBatchNorm, BatchNormInsertion.isWanted(for: model.graph) {
        stages.append(InsertBatchNormStage())
      }
      stages.append(
        try sparsifying(weights, model: model, hasLabels: hasLabels, epochs: left, behind: stages, wishes))
    }
    if wishes.quantizes {
      stages.append(
        QuantizeStage(
          quantization: try QuantizationConfiguration(
            calibration: wishes.calibration, samples: wishes.calibrationSamples)))
    }
    return CompressionSettings(
      targets: wishes.targets, maxDrop: wishes.maxDrop, minTop1: wishes.minTop1, seed: wishes.seed,
      stages: stages.map { AnyStage($0) })
  }

  /// A search for a lottery ticket alone: there is no teacher that it could learn from, and no other stage keeps a mask.
  private static func settings(
    searching lottery: LotteryConfiguration, model: Model, hasLabels: Bool, _ wishes: CompressionWishes
  ) throws -> CompressionSettings {
    var lottery = lottery
    lottery.epochs = wishes.epochs
    guard hasLabels || lottery.epochs == 0 else {
      throw PareError(.usage, "tickets are trained on labels, and the data has none; give --epochs 0 for masks alone")
    }
    let stage = LotteryStage(
      lottery: try lottery.validated(), rewind: wishes.rewind,
      training: try training(wishes, model: model, epochs: max(lottery.epochs, 1), behind: []))
    return CompressionSettings(seed: wishes.seed, stages: [AnyStage(stage)])
  }

  /// The stage that sets weights to zero.
  private static func sparsifying(
    _ weights: WeightPruningConfiguration, model: Model, hasLabels: Bool, epochs: Int,
    behind stages: [any CompressionStage], _ wishes: CompressionWishes
  ) throws -> SparsifyStage {
    var pruning = weights
    pruning.epochs = epochs
    guard hasLabels || pruning.epochs == 0 else {
      throw PareError(
        .usage, "weights that stay are trained on labels, and the data has none; give --epochs 0 for zeros alone")
    }
    var stage = SparsifyStage(
      pruning: try pruning.validated(),
      training: try training(wishes, model: model, epochs: max(pruning.epochs, 1), behind: stages),
      distillation: try distillation(wishes))
    (stage.rewind, stage.densify) = (wishes.rewind, wishes.densify)
    return stage
  }

  /// Whether a target cannot be met by int8 alone, where the network becomes one. A quarter of the weights' bytes plus the
  /// names is what int8 leaves.
  static func asksForPruning(_ targets: [CompressionTarget], costs: GraphCosts, quantizes: Bool = true) -> Bool {
    targets.contains { target in
      switch target.kind {
      case .macs: target.limit(original: Double(costs.macs)) < Double(costs.macs)
      case .parameters: target.limit(original: Double(costs.parameters)) < Double(costs.parameters)
      case .size where quantizes, .packedSize where quantizes:
        target.limit(original: Double(costs.weightBytes)) < 0.4 * Double(costs.weightBytes)
      case .memory where quantizes:
        target.limit(original: Double(costs.weightBytes + costs.peakActivationBytes))
          < 0.5 * Double(costs.weightBytes + costs.peakActivationBytes)
      case .channels, .size, .packedSize, .memory, .latency, .fps: true
      }
    }
  }

  /// A training at the peak rate. Weights behind a normalisation stand several times the rate that others do; without
  /// one, the gradients of a network that was just pruned can throw it off altogether, so their norm is limited.
  private static func training(
    _ wishes: CompressionWishes, model: Model, epochs: Int, behind stages: [any CompressionStage]
  ) throws -> TrainingConfiguration {
    let isNormalized =
      stages.contains { $0 is InsertBatchNormStage } || model.graph.nodes.contains { $0.op is BatchNormalization }
    var configuration = TrainingConfiguration(epochs: epochs, batchSize: wishes.batchSize, seed: wishes.seed)
    configuration.rate = wishes.rate ?? (isNormalized ? 0.03 : 0.01)
    if !isNormalized { configuration.clipNorm = 5 }
    configuration.precision = wishes.precision
    configuration.augmentation = wishes.augmentation ?? augmentation(for: model)
    // A pruned network that is trained for a few epochs fits too little, not too much.
    configuration.weightDecay = 1e-4
    return configuration
  }

  /// How a network's images are varied where nobody says.
  public static func augmentation(for model: Model) -> String {
    guard let shape = model.graph.inputs.first?.type.shape?.bound(toBatch: 1), shape.rank == 4 else { return "none" }
    return shape[1] == 3 && shape[2] >= 16 ? "crop-flip" : shape[1] == 1 ? "shift" : "none"
  }

  private static func distillation(_ wishes: CompressionWishes) throws -> LogitsDistillation {
    // Rounded, so that the weight of the labels reads 0.1 in files and not 0.09999999999999998.
    let labels = ((1 - wishes.teacherWeight) * 1e9).rounded() / 1e9
    return try LogitsDistillation(
      temperature: wishes.temperature, distillationWeight: wishes.teacherWeight, labelWeight: labels)
  }
}
