extension ReportDocument {
  /// One step of a compression, with the state of the network after it.
  public struct Stage: Codable, Sendable, Equatable {
    /// A short identifier: `prune`, `finetune`, `int8`.
    public var name: String
    /// What it did, in a few words.
    public var title: String
    /// Wall-clock seconds.
    public var seconds: Double?
    /// Top-1 on held-out training data after the step.
    public var top1: Double?
    /// Top-1 on the test split, where it was read (the test split is kept for the original and the result).
    public var testTop1: Double?
    /// Parameters after the step.
    public var parameters: Int?
    /// Trainable parameters after the step that are not zero.
    public var nonzeroParameters: Int?
    /// Multiply-accumulates after the step.
    public var macs: Int?
    /// Bytes of the ONNX file after the step, whatever is written at the end.
    public var fileBytes: Int?
    /// p50 at batch 1 after the step, in milliseconds.
    public var latencyMs: Double?
    /// A remark.
    public var note: String?
    /// Whether the step made the network faster on the clock; absent where that was not its purpose.
    public var helpedOnClock: Bool?
    /// Further facts, in the order to show them.
    public var details: [Fact] = []
    /// Channels that were kept, layer by layer.
    public var prunedLayers: [PrunedLayer] = []
    /// Weights that were set to zero, layer by layer.
    public var sparseLayers: [SparseLayer]?
    /// Accuracy against sparsity, round by round of a search for lottery tickets.
    public var rounds: [Round]?
    /// Accuracy against the share removed, one layer at a time.
    public var sensitivity: [SensitivityCurve] = []
    /// Epochs of training.
    public var epochs: [Epoch] = []
    /// Number formats, layer by layer.
    public var quantizedLayers: [QuantizedLayer] = []

    /// A step by its name; what was measured is set afterwards.
    public init(name: String, title: String, seconds: Double? = nil) {
      self.name = name
      self.title = title
      self.seconds = seconds
    }

    enum CodingKeys: String, CodingKey {
      case name, title, seconds, top1, parameters, macs, note, details, sensitivity, epochs, rounds
      case testTop1 = "test_top1"
      case fileBytes = "file_bytes"
      case latencyMs = "latency_ms"
      case helpedOnClock = "helped_on_clock"
      case nonzeroParameters = "nonzero_parameters"
      case prunedLayers = "pruned_layers"
      case sparseLayers = "sparse_layers"
      case quantizedLayers = "quantized_layers"
    }
  }

  /// A named value.
  public struct Fact: Codable, Sendable, Equatable {
    /// What it is.
    public var name: String
    /// Its value, ready to read.
    public var value: String

    /// A named value.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// What pruning left of a layer.
  public struct PrunedLayer: Codable, Sendable, Equatable {
    /// The layer.
    public var name: String
    /// Output channels before.
    public var original: Int
    /// Output channels after.
    public var kept: Int

    /// A layer's channels before and after.
    public init(name: String, original: Int, kept: Int) {
      self.name = name
      self.original = original
      self.kept = kept
    }
  }

  /// What pruning set to zero in a layer.
  public struct SparseLayer: Codable, Sendable, Equatable {
    /// The layer's weights.
    public var name: String
    /// How many there are.
    public var weights: Int
    /// How many of them are zero.
    public var zeros: Int

    /// A layer's weights and the zeros among them.
    public init(name: String, weights: Int, zeros: Int) {
      self.name = name
      self.weights = weights
      self.zeros = zeros
    }
  }

  /// One round of a search for lottery tickets; 0 is the network with all its weights.
  public struct Round: Codable, Sendable, Equatable {
    /// Its number.
    public var round: Int
    /// The share of the weights that its ticket leaves out, in [0, 1].
    public var sparsity: Double
    /// Held-out top-1 of the ticket before any training.
    public var top1Untrained: Double?
    /// Held-out top-1 behind its training.
    public var top1: Double?
    /// The mean loss of its training's last epoch.
    public var trainLoss: Double?
    /// The epochs of its training, which `Stage.epochs` lists one round behind the other.
    public var epochs: Int

    /// A round.
    public init(
      round: Int, sparsity: Double, top1Untrained: Double? = nil, top1: Double? = nil, trainLoss: Double? = nil,
      epochs: Int = 0
    ) {
      self.round = round
      self.sparsity = sparsity
      self.top1Untrained = top1Untrained
      self.top1 = top1
      self.trainLoss = trainLoss
      self.epochs = epochs
    }

    enum CodingKeys: String, CodingKey {
      case round, sparsity, top1, epochs
      case top1Untrained = "top1_untrained"
      case trainLoss = "train_loss"
    }
  }

  /// Accuracy against how much of one layer is removed, the others untouched.
  public struct SensitivityCurve: Codable, Sendable, Equatable {
    /// A point of the curve.
    public struct Point: Codable, Sendable, Equatable {
      /// Share of the layer that is removed, in [0, 1].
      public var removed: Double?
      /// Held-out top-1, without training.
      public var top1: Double?

      /// A point.
      public init(removed: Double, top1: Double) {
        self.removed = removed
        self.top1 = top1
      }
    }

    /// The layer.
    public var layer: String
    /// Points by growing share.
    public var points: [Point]

    /// A curve.
    public init(layer: String, points: [Point]) {
      self.layer = layer
      self.points = points
    }
  }

  /// One epoch of training.
  public struct Epoch: Codable, Sendable, Equatable {
    /// Its number, from 1.
    public var epoch: Int
    /// Mean objective over the epoch.
    public var trainLoss: Double?
    /// Held-out top-1 after it.
    public var top1: Double?
    /// Wall-clock seconds with loading, without evaluation.
    public var seconds: Double?
    /// Images a second over those seconds.
    public var imagesPerSecond: Double?

    /// An epoch.
    public init(
      epoch: Int, trainLoss: Double? = nil, top1: Double? = nil, seconds: Double? = nil, imagesPerSecond: Double? = nil
    ) {
      self.epoch = epoch
      self.trainLoss = trainLoss
      self.top1 = top1
      self.seconds = seconds
      self.imagesPerSecond = imagesPerSecond
    }

    enum CodingKeys: String, CodingKey {
      case epoch, top1, seconds
      case trainLoss = "train_loss"
      case imagesPerSecond = "images_per_second"
    }
  }

  /// The number format of one layer or activation.
  public struct QuantizedLayer: Codable, Sendable, Equatable {
    /// The layer or value.
    public var name: String
    /// `int8`, `uint8`, `int4`, or `float32` where the layer was left alone.
    public var format: String
    /// Smallest value of the calibrated range.
    public var minimum: Double?
    /// Largest value of the calibrated range.
    public var maximum: Double?
    /// Signal-to-noise ratio of the layer's output in decibels.
    public var snrDb: Double?

    /// A layer's format and range.
    public init(
      name: String, format: String, minimum: Double? = nil, maximum: Double? = nil, snrDb: Double? = nil
    ) {
      self.name = name
      self.format = format
      self.minimum = minimum
      self.maximum = maximum
      self.snrDb = snrDb
    }

    enum CodingKeys: String, CodingKey {
      case name, format, minimum, maximum
      case snrDb = "snr_db"
    }
  }
}
