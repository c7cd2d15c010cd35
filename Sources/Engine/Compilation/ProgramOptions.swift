/// Settings of a compilation.
public struct ProgramOptions: Sendable, Hashable {
  /// Whether convolutions are fused with what follows them. Only where no intermediate value is wanted.
  public var fusesInference: Bool
  /// Whether only exact algorithms may be used (no Winograd).
  public var isExact: Bool

  /// Makes settings.
  public init(fusesInference: Bool = true, isExact: Bool = false) {
    self.fusesInference = fusesInference
    self.isExact = isExact
  }
}
