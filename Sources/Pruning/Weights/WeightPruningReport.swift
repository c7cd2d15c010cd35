import Graphs
import Tensors

/// What weight pruning did.
public struct WeightPruningReport: Codable, Sendable, Equatable {
  /// A layer with zeros.
  public struct Layer: Codable, Sendable, Equatable {
    /// Its weights.
    public var name: String
    /// How many there are.
    public var weights: Int
    /// How many of them are zero.
    public var zeros: Int
    /// How accuracy falls with more zeros in this layer alone; nil where that was not asked for.
    public var sensitivity: SensitivityCurve?
  }

  /// A layer that was left alone.
  public struct Dense: Codable, Sendable, Equatable {
    /// Its weights.
    public var name: String
    /// How many there are.
    public var weights: Int
    /// Why.
    public var reason: String
  }

  /// The criterion's name.
  public var criterion: String
  /// What was set to zero together.
  public var granularity: WeightGranularity
  /// When.
  public var schedule: SparsitySchedule
  /// The sparsity asked for.
  public var asked: Double
  /// The layers that were pruned, in network order.
  public var layers: [Layer]
  /// The layers that were left alone.
  public var dense: [Dense]
  /// The weights of the layers that were pruned.
  public var weights: Int { layers.reduce(0) { $0 + $1.weights } }
  /// The zeros among them, counted in the network that was returned.
  public var zeros: Int { layers.reduce(0) { $0 + $1.zeros } }
  /// Their share.
  public var sparsity: Double { weights > 0 ? Double(zeros) / Double(weights) : 0 }

  enum CodingKeys: String, CodingKey { case criterion, granularity, schedule, asked, layers, dense }

  init(_ configuration: WeightPruningConfiguration, rule: WeightRule, graph: Graph, sensitivity: [SensitivityCurve]?) {
    criterion = configuration.criterion
    granularity = configuration.granularity
    schedule = configuration.schedule
    asked = configuration.sparsity ?? rule.sparsity
    layers = rule.names.enumerated().map { index, name in
      let values = graph.parameters[name]!.tensor.floats
      return Layer(
        name: name, weights: values.count, zeros: values.count { $0 == 0 }, sensitivity: sensitivity?[index])
    }
    dense = rule.dense
  }
}
