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

  /// What becomes of layers whose weights are mostly zero.
  public enum SparseWeights: String, Sendable, Hashable, Codable, CaseIterable {
    /// Each layer is measured once, when it is compiled, in its dense form and in sparse ones; the fastest runs. Which one
    /// it is, and with it the order of sums, may differ from one compilation to the next.
    case measured
    /// A sparse form by a fixed rule wherever there is one, dense weights included.
    case always
    /// Dense forms alone.
    case never
  }

  /// Whether convolutions are fused with what follows them. Only where no intermediate value is wanted.
  public var fusesInference: Bool
  /// Whether batch normalisation in training is fused with the sum and the rectifier that follow it, and with their
  /// gradients.
  public var fusesTraining: Bool
  /// Whether what fused normalisations make is kept for the gradients, and not computed once more: a little faster, for up
  /// to twice the memory.
  public var keepsNormalized: Bool
  /// The number format of activations and products.
  public var precision: Precision
  /// What becomes of layers whose weights are mostly zero: in networks made for inference alone (`Network`), in float32.
  /// Programs whose parameters may change, as in training, are dense.
  public var sparseWeights: SparseWeights

  /// How many samples of a batch run through the network at a time, where each is computed from itself alone; nil: as many
  /// as keep the widest layer's operands in the processor's cache.
  public var samplesAtOnce: Int?

  /// Whether forms of convolutions are forbidden that round differently from a plain sum of products (Winograd's).
  public var isExact: Bool

  /// Makes settings.
  public init(
    fusesInference: Bool = true, precision: Precision = .float32, sparseWeights: SparseWeights = .measured,
    samplesAtOnce: Int? = nil, isExact: Bool = false, fusesTraining: Bool = true,
    keepsNormalized: Bool = false
  ) {
    self.fusesInference = fusesInference
    self.precision = precision
    self.sparseWeights = sparseWeights
    self.fusesTraining = fusesTraining
    self.keepsNormalized = keepsNormalized
    self.samplesAtOnce = samplesAtOnce
    self.isExact = isExact
  }
}
