/// What a factorization did.
public struct FactorizationReport: Codable, Sendable, Equatable {
  /// A layer that was replaced.
  public struct Layer: Codable, Sendable, Equatable {
    /// Its name.
    public var name: String
    /// The extents of its weights, outputs first.
    public var weights: [Int]
    /// The Frobenius norm of what its factors miss of the weights, relative to that of the weights.
    public var relativeError: Double
    /// The share of parameters and multiply-accumulates that the method's formula says is left.
    public var expectedRatio: Double
    /// Trainable numbers of the layer and of what took its place, biases included.
    public var parametersBefore: Int
    /// The same of what took its place.
    public var parametersAfter: Int
    /// Multiply-accumulates at batch 1.
    public var macsBefore: Int
    /// The same of what took its place.
    public var macsAfter: Int

    /// The share of parameters that is left.
    public var parameterRatio: Double { Double(parametersAfter) / Double(max(parametersBefore, 1)) }
    /// The share of multiply-accumulates that is left.
    public var macRatio: Double { Double(macsAfter) / Double(max(macsBefore, 1)) }

    enum CodingKeys: String, CodingKey {
      case name, weights
      case relativeError = "relative_error"
      case expectedRatio = "expected_ratio"
      case parametersBefore = "parameters_before"
      case parametersAfter = "parameters_after"
      case macsBefore = "macs_before"
      case macsAfter = "macs_after"
    }
  }

  /// A layer of the kind that the method is about, and named, that stays as it is.
  public struct Skipped: Codable, Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Why.
    public var reason: String
  }

  /// The method's name.
  public var method: String
  /// The replaced layers, in the network's order.
  public var layers: [Layer]
  /// Those that stay.
  public var skipped: [Skipped]
}
