import Graphs
import Tensors

/// Which weights stay: for parameters by name a byte for each element, 1 where it stays and 0 where it is zero.
public struct WeightMasks: Sendable, Equatable {
  /// The masks, uint8 tensors of the parameters' shapes.
  public var kept: [String: Tensor]

  /// Masks; by default none.
  public init(_ kept: [String: Tensor] = [:]) { self.kept = kept }

  /// The masks of the parameters named that are zero where they are zero now.
  public init(zerosOf names: some Sequence<String>, in graph: Graph) {
    kept = Dictionary(
      names.compactMap { name in
        graph.parameters[name].map { (name, Tensor($0.tensor.floats.map { $0 == 0 ? 0 : UInt8(1) }, shape: $0.shape)) }
      }, uniquingKeysWith: { first, _ in first })
  }

  /// How many weights the masked parameters have.
  public var count: Int { kept.values.reduce(0) { $0 + $1.count } }
  /// How many of them are zero.
  public var zeros: Int { kept.values.reduce(0) { $0 + Self.zeros(in: $1) } }
  /// The share of zeros among the weights of the masked parameters; 0 where there are none.
  public var sparsity: Double { count > 0 ? Double(zeros) / Double(count) : 0 }

  /// The zeros of one mask.
  static func zeros(in mask: Tensor) -> Int {
    mask.withUnsafeBytes { $0.reduce(0) { $0 + ($1 == 0 ? 1 : 0) } }
  }

  /// The graph with these weights set to zero.
  public func applied(to graph: Graph) -> Graph {
    var result = graph
    for (name, mask) in kept {
      guard let parameter = graph.parameters[name] else { continue }
      precondition(parameter.shape == mask.shape, "\(name) is \(parameter.shape), its mask \(mask.shape)")
      let values = mask.withUnsafeBytes { keep in
        parameter.tensor.floats.enumerated().map { keep[$0] == 0 ? 0 : $1 }
      }
      let tensor = Tensor(values, shape: parameter.shape)
      result.parameters[name] = .dense(
        parameter.dataType == .float32 ? tensor : tensor.cast(to: parameter.dataType))
    }
    return result
  }
}
