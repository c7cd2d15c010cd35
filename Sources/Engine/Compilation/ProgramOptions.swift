/// Settings of a compilation.
public struct ProgramOptions: Sendable, Hashable {
  /// In which number format convolutions multiply.
  public enum Precision: String, Sendable, Hashable, Codable {
    /// float32 throughout.
    case float32 = "f32"
    /// Dense convolutions round both factors to bfloat16 and add in float32; everything else is float32. Where the
    /// processor has no such instructions, float32.
    case bfloat16 = "bf16"
  }

  /// Whether convolutions are fused with what follows them. Only where no intermediate value is wanted.
  public var fusesInference: Bool
  /// In which number format convolutions multiply, forward.
  public var precision: Precision

  /// Makes settings.
  public init(fusesInference: Bool = true, precision: Precision = .float32) {
    self.fusesInference = fusesInference
    self.precision = precision
  }
}
