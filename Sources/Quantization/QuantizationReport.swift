/// What quantization did to a network.
public struct QuantizationReport: Codable, Sendable, Equatable {
  /// A convolution or dense layer that runs on integers.
  public struct Layer: Codable, Sendable, Equatable {
    /// The node's name.
    public var name: String
    /// The ONNX type.
    public var op: String
    /// Bits of the weights.
    public var bits: Int
    /// The least and greatest input that can be represented.
    public var inputRange: [Double]
    /// One step of the input's integers.
    public var inputScale: Double
    /// The signal-to-noise ratio of the weights in decibels: 10 log10(sum w^2 / sum (w - rounded w)^2); nil where
    /// nothing was lost.
    public var weightSNR: Double?

    enum CodingKeys: String, CodingKey {
      case name, op, bits
      case inputRange = "input_range"
      case inputScale = "input_scale"
      case weightSNR = "weight_snr_db"
    }
  }

  /// A layer with weights that stays in float32.
  public struct FloatLayer: Codable, Sendable, Equatable {
    /// The node's name.
    public var name: String
    /// The ONNX type.
    public var op: String
    /// Why.
    public var reason: String
  }

  /// The layers on integers, in the network's order.
  public var layers: [Layer]
  /// The layers in float32, in the network's order.
  public var floatLayers: [FloatLayer]
  /// How many activations are rounded to integers.
  public var quantizedActivations: Int
  /// How ranges were chosen.
  public var calibration: String
  /// How many samples calibrated.
  public var samples: Int

  enum CodingKeys: String, CodingKey {
    case layers, calibration, samples
    case floatLayers = "float_layers"
    case quantizedActivations = "quantized_activations"
  }
}
