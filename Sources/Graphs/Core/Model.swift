import Foundation

/// A network and what its user needs beside it: how inputs are prepared, what the classes are called, where it comes
/// from. Everything here survives ONNX and `.pare` files.
public struct Model: Sendable {
  /// The network.
  public var graph: Graph
  /// Texts by key, as a file carries them (ONNX `metadata_props`); Pare's own keys start with `pare.`.
  public var metadata: [String: String]
  /// The author's description of the network.
  public var documentation: String
  /// What wrote the file that the network was read from; empty for one that was built here.
  public var producer: String
  /// The operator set of the file that the network was read from; 17 for one that was built here.
  public var opset: Int
  /// What a file format needs to write back unharmed but no one else looks at (for ONNX: a `ModelProto` without nodes
  /// and weights, but with functions, sparse initializers and the declarations of inputs and outputs).
  public var carryOver: [UInt8]

  /// Makes a model from a network.
  public init(
    _ graph: Graph, metadata: [String: String] = [:], documentation: String = "", producer: String = "",
    opset: Int = 17, carryOver: [UInt8] = []
  ) {
    self.graph = graph
    self.metadata = metadata
    self.documentation = documentation
    self.producer = producer
    self.opset = opset
    self.carryOver = carryOver
  }
}

extension Model {
  /// The keys of Pare's own metadata.
  public enum MetadataKey {
    /// How inputs are prepared, as JSON.
    public static let preparation = "pare.preparation"
    /// The names of the classes, a line each.
    public static let labels = "pare.labels"
    /// What was done to the network, oldest first, a line each.
    public static let history = "pare.history"
  }

  /// How inputs are prepared, as the JSON text of the data set module's type; nil where it is unknown.
  public var preparationJSON: String? {
    get { metadata[MetadataKey.preparation] }
    set { metadata[MetadataKey.preparation] = newValue }
  }

  /// The names of the classes in the order of the outputs; nil where they are unknown.
  public var labels: [String]? {
    get { metadata[MetadataKey.labels].map(Self.lines) }
    set { metadata[MetadataKey.labels] = newValue.map(Self.joined) }
  }

  /// What was done to the network, oldest first: one line of text each.
  public var history: [String] {
    get { metadata[MetadataKey.history].map(Self.lines) ?? [] }
    set { metadata[MetadataKey.history] = newValue.isEmpty ? nil : Self.joined(newValue) }
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private static func joined(_ lines: [String]) -> String {
    lines.map { $0.replacingOccurrences(of: "\n", with: " ") }.joined(separator: "\n")
  }
}
