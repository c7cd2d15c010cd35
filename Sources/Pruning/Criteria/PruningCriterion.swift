import Graphs
import Tensors

/// How important channels are: the lowest score goes first.
///
/// A new criterion is a file in this folder and a line in `PruningCriteria`.
public protocol PruningCriterion: Sendable {
  /// The name in recipes and on the command line.
  static var identifier: String { get }
  /// One line for the help.
  static var summary: String { get }

  /// Makes the criterion with its usual numbers.
  init()

  /// A score for each channel of a group, in the group's order; higher is more important. Only the order within the
  /// group counts.
  /// - Throws: `PareError.badInput` where the weights are not finite numbers.
  func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double]
}

/// How the norms of a coupled channel's filters, one or several in each layer, become one score.
public enum ScoreAggregation: String, Codable, Sendable, CaseIterable {
  /// Their sum: layers with larger filters weigh more.
  case sum
  /// Their mean.
  case mean
  /// The largest.
  case max
}

/// What a criterion may look at.
public struct PruningContext: Sendable {
  /// The network as it stands.
  public let graph: Graph
  /// How several filters become one score.
  public let aggregation: ScoreAggregation
  /// The seed of random criteria.
  public let seed: UInt64
  /// The axis of the outputs of every convolution's and dense layer's weights, by the weights' name.
  let outputAxes: [String: Int]

  /// Looks at a network.
  /// - Throws: what shape inference throws.
  public init(_ graph: Graph, aggregation: ScoreAggregation = .sum, seed: UInt64 = 0) throws {
    self.graph = graph
    self.aggregation = aggregation
    self.seed = seed
    outputAxes = Dictionary(
      try graph.weightedLayers().map { ($0.weights, $0.axes.output) }, uniquingKeysWith: { first, _ in first })
  }

  /// Scores made of a number for each filter: s_c = aggregate over the filters f of channel c of `measure(f)`, divided
  /// by the mean of all s_c of the group (where that is not 0).
  ///
  /// The filters of a channel are the slices, at its indices along the output axis, of the weights of convolutions
  /// (depthwise ones included) and dense layers; slices along input axes do not count. A group without filters scores
  /// 0 throughout.
  ///
  /// - Parameter measure: a filter's number, for its weights in any order.
  /// - Throws: `PareError.badInput` where a number is not finite.
  public func filterScores(
    for group: ChannelGroup, _ measure: (_ filter: [Float]) -> Double
  ) throws -> [Double] {
    let layers = group.slots.filter { outputAxes[$0.value] == $0.axis }.map(\.value).sorted()
    var measured: [String: [Double]] = [:]
    for layer in layers {
      let filters = graph.parameters[layer]!.tensor.filters(along: outputAxes[layer]!)
      measured[layer] = filters.map(measure)
      guard measured[layer]!.allSatisfy(\.isFinite) else {
        throw PareError(.badInput, "the weights \"\(layer)\" are not all finite numbers; train the network again")
      }
    }
    let raw = group.channels.map { channel in
      let numbers = channel.members.compactMap { member in
        outputAxes[member.slot.value] == member.slot.axis ? measured[member.slot.value]![member.index] : nil
      }
      return aggregate(numbers)
    }
    let mean = raw.reduce(0, +) / Double(Swift.max(raw.count, 1))
    return mean == 0 ? raw : raw.map { $0 / mean }
  }

  private func aggregate(_ numbers: [Double]) -> Double {
    guard !numbers.isEmpty else { return 0 }
    // Sorted, so that the order in which a channel's members are listed does not change the sum.
    let sum = numbers.sorted().reduce(0, +)
    return switch aggregation {
    case .sum: sum
    case .mean: sum / Double(numbers.count)
    case .max: numbers.max()!
    }
  }
}

extension Tensor {
  /// The values of each slice along an axis.
  func filters(along axis: Int) -> [[Float]] {
    let (values, extent) = (floats, shape[axis])
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let outer = shape.dimensions[..<axis].reduce(1, *)
    return (0..<extent).map { index in
      (0..<outer).flatMap { row -> ArraySlice<Float> in
        let start = (row * extent + index) * inner
        return values[start..<(start + inner)]
      }
    }
  }
}
