extension ReportDocument {
  /// What was measured of one network: the original, or the written file.
  public struct Measures: Codable, Sendable, Equatable {
    /// Share of test samples whose best class is right; absent without labels.
    public var top1: Double?
    /// Share of test samples whose class is among the best five; absent under six classes.
    public var top5: Double?
    /// Mean cross-entropy on the test split, in nats.
    public var loss: Double?
    /// Top-1 on the held-out part of the training data, on which choices were judged.
    public var heldOutTop1: Double?
    /// Trainable parameters.
    public var parameters: Int?
    /// Trainable parameters that are not zero.
    public var nonzeroParameters: Int?
    /// Multiply-accumulates of convolutions and matrix products for one sample.
    public var macs: Int?
    /// Bytes of the file, ONNX unless a `.pare` file is all that was asked for.
    public var fileBytes: Int?
    /// Bytes of the network as a `.pare` file, where one was written beside the ONNX file.
    public var pareFileBytes: Int?
    /// Bytes of the weights in memory.
    public var weightBytes: Int?
    /// Most bytes of activations alive at once, at batch 1.
    public var peakActivationBytes: Int?
    /// The p50 at batch 1, in milliseconds.
    public var latencyMs: Double?
    /// The distribution behind `latencyMs`.
    public var latency: Latency?
    /// Samples a second at the batch that throughput was measured with.
    public var imagesPerSecond: Double?

    /// Nothing measured yet.
    public init() {}

    enum CodingKeys: String, CodingKey {
      case top1, top5, loss, parameters, macs, latency
      case heldOutTop1 = "held_out_top1"
      case nonzeroParameters = "nonzero_parameters"
      case fileBytes = "file_bytes"
      case pareFileBytes = "pare_file_bytes"
      case weightBytes = "weight_bytes"
      case peakActivationBytes = "peak_activation_bytes"
      case latencyMs = "latency_ms"
      case imagesPerSecond = "images_per_second"
    }
  }

  /// The distribution of a latency, in milliseconds at batch 1.
  public struct Latency: Codable, Sendable, Equatable {
    /// Mean of the repeats.
    public var mean: Double?
    /// Median.
    public var p50: Double?
    /// Nine of ten runs are faster.
    public var p90: Double?
    /// Ninety-nine of a hundred runs are faster.
    public var p99: Double?
    /// The fastest run.
    public var min: Double?

    /// A distribution.
    public init(mean: Double? = nil, p50: Double? = nil, p90: Double? = nil, p99: Double? = nil, min: Double? = nil) {
      self.mean = mean
      self.p50 = p50
      self.p90 = p90
      self.p99 = p99
      self.min = min
    }
  }

  /// The loss of top-1, before minus after: positive when the result is worse.
  public struct Drop: Codable, Sendable, Equatable {
    /// The loss as a fraction.
    public var value: Double?
    /// Lower end of the 95 % paired interval, as a fraction.
    public var low: Double?
    /// Upper end of the 95 % paired interval, as a fraction.
    public var high: Double?
    /// The loss in percentage points: 100 · value.
    public var points: Double?

    /// A loss with its interval; `points` follows from `value`.
    public init(value: Double, low: Double? = nil, high: Double? = nil) {
      self.value = value
      self.low = low
      self.high = high
      points = 100 * value
    }
  }

  /// How close one output is to the original's on the same inputs.
  public struct Fidelity: Codable, Sendable, Equatable {
    /// The output's name.
    public var output: String
    /// Share of samples where the largest element is the same.
    public var argmaxAgreement: Double?
    /// Mean cosine of the angle between the two outputs.
    public var cosine: Double?
    /// Signal-to-noise ratio in decibels: 10 · log10(sum of squares / sum of squared differences).
    public var snrDb: Double?

    /// The figures of one output.
    public init(output: String, argmaxAgreement: Double? = nil, cosine: Double? = nil, snrDb: Double? = nil) {
      self.output = output
      self.argmaxAgreement = argmaxAgreement
      self.cosine = cosine
      self.snrDb = snrDb
    }

    enum CodingKeys: String, CodingKey {
      case output, cosine
      case argmaxAgreement = "argmax_agreement"
      case snrDb = "snr_db"
    }
  }
}
