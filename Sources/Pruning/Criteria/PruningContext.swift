import Graphs
import Tensors

/// What a criterion may look at.
public struct PruningContext: Sendable {
  /// The network as it stands.
  public let graph: Graph
  /// How several numbers of a channel become one score.
  public let aggregation: ScoreAggregation
  /// What scores are divided by.
  public let normalization: ScoreNormalization
  /// The seed of random criteria.
  public let seed: UInt64
  /// What was measured for the criterion.
  public let evidence: CriterionEvidence
  /// The axis of the outputs of every convolution's and dense layer's weights, by the weights' name.
  let outputAxes: [String: Int]
  /// The axis of their inputs, where they mix any.
  let inputAxes: [String: Int]
  /// The names of the parameters that are trained.
  let trainable: Set<String>
  /// The names of the scales of batch normalisations.
  let scales: Set<String>

  /// Looks at a network.
  /// - Throws: what shape inference throws.
  public init(
    _ graph: Graph, aggregation: ScoreAggregation = .sum, normalization: ScoreNormalization = .mean,
    seed: UInt64 = 0, evidence: CriterionEvidence = CriterionEvidence()
  ) throws {
    self.graph = graph
    self.aggregation = aggregation
    self.normalization = normalization
    self.seed = seed
    self.evidence = evidence
    let layers = try graph.weightedLayers()
    outputAxes = Dictionary(layers.map { ($0.weights, $0.axes.output) }, uniquingKeysWith: { first, _ in first })
    inputAxes = Dictionary(
      layers.compactMap { layer in layer.axes.input.map { (layer.weights, $0) } },
      uniquingKeysWith: { first, _ in first })
    trainable = Set(graph.trainableParameters())
    scales = Set(
      graph.nodes.filter { $0.op is BatchNormalization }.map { $0.inputs[1] }.filter { graph.parameters[$0] != nil })
  }

  /// Scores made of numbers for some of the axes that channels lie on: s_c = aggregate over the members of channel c
  /// that have one, divided by what `normalization` says.
  ///
  /// - Parameter numbers: a number for each index along an axis.
  /// - Returns: nil where the group lies on none of the axes.
  public func scores(for group: ChannelGroup, from numbers: [Slot: [Double]]) -> [Double]? {
    guard group.slots.contains(where: { numbers[$0] != nil }) else { return nil }
    return normalization(
      group.channels.map { channel in
        aggregation(channel.members.compactMap { member in numbers[member.slot]?[member.index] })
      })
  }

  /// Scores made of a number for each filter: s_c = aggregate over the filters f of channel c of `measure(f)`,
  /// normalised.
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
    try layerScores(for: group) { $0.map(measure) }
  }

  /// Scores made of a number for each filter, as `filterScores`, where a filter's number depends on the others of its
  /// layer.
  ///
  /// - Parameter measure: the numbers of all filters of a layer, group or not.
  /// - Throws: `PareError.badInput` where a number is not finite.
  public func layerScores(
    for group: ChannelGroup, _ measure: (_ filters: [[Float]]) -> [Double]
  ) throws -> [Double] {
    try sliceScores(for: group, along: group.slots.filter { outputAxes[$0.value] == $0.axis }, measure)
  }

  /// Scores made of a number for each slice of parameters along axes of the group.
  func sliceScores(
    for group: ChannelGroup, along slots: Set<Slot>, _ measure: (_ slices: [[Float]]) -> [Double]
  ) throws -> [Double] {
    var numbers: [Slot: [Double]] = [:]
    for slot in slots {
      let measured = measure(graph.parameters[slot.value]!.tensor.filters(along: slot.axis))
      guard measured.allSatisfy(\.isFinite) else {
        throw PareError(.badInput, "the weights \"\(slot.value)\" are not all finite numbers; train the network again")
      }
      numbers[slot] = measured
    }
    return scores(for: group, from: numbers) ?? group.channels.map { _ in 0 }
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
