import Tensors

/// What a file's tensors and a network's parameters have in common, by name.
public struct WeightsMatch: Sendable, Equatable {
  /// A tensor that does not fit its parameter.
  public struct Misfit: Sendable, Equatable {
    /// The common name.
    public let name: String
    /// Element type and shape in the file.
    public let found: String
    /// Element type and shape in the network.
    public let expected: String
  }

  /// Parameters whose values come from the file.
  public internal(set) var loaded: [String] = []
  /// Parameters that the file has nothing for.
  public internal(set) var missing: [String] = []
  /// Tensors that the network has no place for.
  public internal(set) var unexpected: [String] = []
  /// Tensors of another shape, or of integers.
  public internal(set) var misshapen: [Misfit] = []

  /// Whether every parameter has its values from the file, and every tensor its place.
  public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// How many of each there are, with the first few names: `2 missing (fc.weight, fc.bias), 1 unexpected (head.weight)`.
  public var summary: String {
    let parts = lists.map { kind, names in
      let shown = names.prefix(Self.shownNames).joined(separator: ", ")
      let others = names.count - Self.shownNames
      return "\(names.count) \(kind) (\(shown)\(others > 0 ? ", and \(others) more" : ""))"
    }
    return parts.isEmpty ? "all \(loaded.count) loaded" : parts.joined(separator: ", ")
  }

  /// All names of the kinds that the summary cuts short: `missing: fc.weight, fc.bias, ...`, a line a kind.
  public var longLists: [String] {
    lists.filter { $0.names.count > Self.shownNames }.map { "\($0.kind): \($0.names.joined(separator: ", "))" }
  }

  private static let shownNames = 6

  /// What does not fit, by kind; kinds without any are left out.
  private var lists: [(kind: String, names: [String])] {
    let shapes = misshapen.map { "\($0.name): \($0.found) for \($0.expected)" }
    return [("missing", missing), ("unexpected", unexpected), ("misshapen", shapes)].filter { !$0.1.isEmpty }
  }
}
