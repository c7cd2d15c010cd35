import Graphs
import Tensors

/// Which layers are replaced, and how: the same struct is a recipe's text and the library's argument.
///
/// Keys that a recipe leaves out have the defaults.
public struct FactorizationConfiguration: Codable, Sendable, Equatable {
  /// The method: a name of `FactorizationMethods`.
  public var method = DepthwiseSeparable.identifier
  /// Names of layers or of their weights that are replaced; `*` stands for any characters and `?` for one.
  public var layers = ["*"]
  /// Names of layers that are left alone, of those that `layers` names.
  public var ignore: [String] = []
  /// Whether the first convolution is replaced too. It reads few channels, costs little and is hurt most.
  public var includesFirst = false

  enum CodingKeys: String, CodingKey {
    case method, layers, ignore
    case includesFirst = "include_first"
  }

  /// The defaults: every layer that the method can replace, but for the first.
  public init() {}

  /// Makes a configuration.
  /// - Throws: `PareError.usage` for an unknown method, or where no layer is named.
  public init(
    method: String = DepthwiseSeparable.identifier, layers: [String] = ["*"], ignore: [String] = [],
    includesFirst: Bool = false
  ) throws {
    self.method = method
    self.layers = layers
    self.ignore = ignore
    self.includesFirst = includesFirst
    try validate()
  }

  /// Reads a configuration; missing keys have the defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      method: values.decodeIfPresent(String.self, forKey: .method) ?? DepthwiseSeparable.identifier,
      layers: values.decodeIfPresent([String].self, forKey: .layers) ?? ["*"],
      ignore: values.decodeIfPresent([String].self, forKey: .ignore) ?? [],
      includesFirst: values.decodeIfPresent(Bool.self, forKey: .includesFirst) ?? false)
  }

  private func validate() throws {
    _ = try FactorizationMethods.named(method)
    guard !layers.isEmpty else { throw PareError(.usage, "no layer is named that a factorization should replace") }
  }
}
