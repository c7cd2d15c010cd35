extension ReportDocument {
  /// Test accuracy of one class.
  public struct ClassChange: Codable, Sendable, Equatable {
    /// The class.
    public var name: String
    /// Its samples in the test split.
    public var count: Int
    /// Share that the original gets right.
    public var before: Double?
    /// Share that the written file gets right.
    public var after: Double?
    /// After minus before: negative when the class got worse.
    public var difference: Double?

    /// A class; the difference follows.
    public init(name: String, count: Int, before: Double, after: Double) {
      self.name = name
      self.count = count
      self.before = before
      self.after = after
      difference = after - before
    }
  }

  /// How often one class is taken for another, before and after.
  public struct ConfusionChange: Codable, Sendable, Equatable {
    /// The true class.
    public var actual: String
    /// The class that the network says.
    public var predicted: String
    /// Test samples of it with the original.
    public var before: Int
    /// Test samples of it with the written file.
    public var after: Int

    /// A pair of classes.
    public init(actual: String, predicted: String, before: Int, after: Int) {
      self.actual = actual
      self.predicted = predicted
      self.before = before
      self.after = after
    }
  }

  /// One layer, before and after.
  public struct LayerChange: Codable, Sendable, Equatable {
    /// The layer's name.
    public var name: String
    /// Its operator.
    public var op: String
    /// Its output at batch 1, in the written file.
    public var outputShape: [Int]?
    /// Its parameters in the written file.
    public var parameters: Int?
    /// Its multiply-accumulates in the written file.
    public var macs: Int?
    /// Milliseconds at batch 1 in the original.
    public var msBefore: Double?
    /// Milliseconds at batch 1 in the written file; absent where the layer is gone or fused.
    public var msAfter: Double?
    /// Output channels in the original.
    public var channelsBefore: Int?
    /// Output channels in the written file.
    public var channelsAfter: Int?

    /// A layer by its name; what was measured is set afterwards.
    public init(name: String, op: String) {
      self.name = name
      self.op = op
    }

    enum CodingKeys: String, CodingKey {
      case name, op, parameters, macs
      case outputShape = "output_shape"
      case msBefore = "ms_before"
      case msAfter = "ms_after"
      case channelsBefore = "channels_before"
      case channelsAfter = "channels_after"
    }
  }
}
