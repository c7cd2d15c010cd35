import Graphs
import Tensors

/// The norms of a network's filters, layer by layer, and what they say of criteria that compare norms.
///
/// He, Liu, Wang, Hu, Yang 2019, "Filter pruning via geometric median for deep neural networks acceleration", section 3.1:
/// pruning by norm presupposes that the norms of a layer's filters deviate from each other, and that the smallest are near
/// zero; where either fails, filters that are removed carry as much as those that stay. The paper gives no thresholds.
/// Those here: a deviation of at least a quarter of the mean, and a smallest norm of at most a tenth of the largest.
public struct FilterNorms: Codable, Sendable, Equatable {
  /// The least quotient of deviation and mean that counts as large.
  public static let leastSpread = 0.25
  /// The largest quotient of smallest and largest norm that counts as near zero.
  public static let largestFloor = 0.1
  /// The bins of a histogram.
  public static let binCount = 10

  /// One layer.
  public struct Layer: Codable, Sendable, Equatable {
    /// The layer's weights.
    public var name: String
    /// How many filters there are.
    public var filters: Int
    /// The smallest Euclidean norm of a filter.
    public var smallest: Double
    /// The mean norm.
    public var mean: Double
    /// The largest norm.
    public var largest: Double
    /// The deviation of the norms from their mean, √(Σ (n − mean)² / filters).
    public var deviation: Double
    /// How many norms lie in each of ten equal parts of the way from 0 to the largest.
    public var histogram: [Int]
    /// FPGM's first condition: the norms deviate enough.
    public var deviates: Bool
    /// Its second: the smallest is near zero.
    public var reachesZero: Bool

    /// Whether norms tell filters that matter from filters that do not.
    public var suitsNorms: Bool { deviates && reachesZero }

    enum CodingKeys: String, CodingKey {
      case name, filters, smallest, mean, largest, deviation, histogram, deviates
      case reachesZero = "reaches_zero"
    }

    /// Describes norms, of which there must be one at least.
    init(name: String, norms: [Double]) {
      precondition(!norms.isEmpty, "\(name) has no filters")
      self.name = name
      filters = norms.count
      (smallest, largest) = (norms.min()!, norms.max()!)
      let mean = norms.reduce(0, +) / Double(norms.count)
      self.mean = mean
      deviation = (norms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(norms.count)).squareRoot()
      histogram = Array(repeating: 0, count: FilterNorms.binCount)
      for norm in norms {
        let place = largest > 0 ? norm / largest * Double(FilterNorms.binCount) : 0
        histogram[min(Int(place), FilterNorms.binCount - 1)] += 1
      }
      deviates = mean > 0 && deviation >= FilterNorms.leastSpread * mean
      reachesZero = smallest <= FilterNorms.largestFloor * largest
    }
  }

  /// The layers, in network order.
  public var layers: [Layer]
  /// What the norms of most filters suggest.
  public var suggestion: String

  /// Measures a network's convolutions and dense layers.
  /// - Throws: what shape inference throws, and `PareError.badInput` for weights that are not finite.
  public init(of graph: Graph) throws {
    var seen: Set<String> = []
    layers = try graph.weightedLayers().filter { seen.insert($0.weights).inserted }.compactMap { layer in
      let filters = graph.parameters[layer.weights]!.tensor.filters(along: layer.axes.output)
      let norms = filters.map { $0.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
      guard norms.allSatisfy(\.isFinite) else {
        throw PareError(
          .badInput, "the weights \"\(layer.weights)\" are not all finite numbers; train the network again")
      }
      return norms.isEmpty ? nil : Layer(name: layer.weights, norms: norms)
    }
    suggestion = Self.suggestion(for: layers)
  }

  private static func suggestion(for layers: [Layer]) -> String {
    let all = layers.reduce(0) { $0 + $1.filters }
    func share(_ condition: (Layer) -> Bool) -> Double {
      let filters = layers.filter(condition).reduce(0) { $0 + $1.filters }
      return all > 0 ? Double(filters) / Double(all) : 0
    }
    if all == 0 { return "there are no filters to prune" }
    if share(\.suitsNorms) >= 0.5 {
      return "norms tell filters apart: --criterion l1 or l2 will do"
    }
    if share(\.deviates) < 0.5 {
      return "norms hardly differ: choose --criterion fpgm or taylor, or train with --scale-penalty for slimming"
    }
    return "norms differ, but the smallest are far from zero: choose --criterion taylor or fpgm, not l1 or l2"
  }
}
