/// Settings of a compilation.
public struct ProgramOptions: Sendable, Hashable {
  /// The number format of activations and products.
  public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
    /// float32 throughout.
    case float32 = "f32"
    /// Mixed precision (Micikevicius et al. 2018, with bfloat16 as Kalamkar et al. 2019): activations lie in memory as
    /// bfloat16, which halves their traffic; convolutions and matrix products round both factors to it and add in
    /// float32. Parameters, statistics, sums, losses, softmax and parameters' gradients are float32, and so are inputs
    /// and outputs. Where the processor has no such instructions (`Engine.multipliesBFloat16`), float32 throughout.
    case bfloat16 = "bf16"
  }

  /// Whether convolutions are fused with what follows them. Only where no intermediate value is wanted.
  public var fusesInference: Bool
  /// The number format of activations and products.
  public var precision: Precision

  /// Makes settings.
  public init(fusesInference: Bool = true, precision: Precision = .float32) {
    self.fusesInference = fusesInference
    self.precision = precision
  }
}
