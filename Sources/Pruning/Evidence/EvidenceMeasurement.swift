import Datasets
import Engine
import Graphs
import Measurement
import Tensors
import Training

/// Runs a network over samples for a criterion.
struct EvidenceMeasurement {
  let model: Model
  let samples: Split
  let preparation: Preparation?
  let batchSize: Int
  let engine: Engine

  /// The mean over batches of a criterion's statistic, for each axis of channels of the values that it names.
  func activations(for criterion: some ActivationCriterion) throws -> [Slot: [Double]] {
    let graph = try model.graphOnRawPixels(batches: preparation)
    let values = try criterion.values(in: model.graph)
    let slots = Set(try model.graph.removableChannelGroups().groups.flatMap(\.slots))
      .filter { values.contains($0.value) && model.graph.parameters[$0.value] == nil }
      .sorted { ($0.value, $0.axis) < ($1.value, $1.axis) }
    guard !slots.isEmpty else { return [:] }
    let builder = try GraphBuilder(extending: graph)
    let statistics = try slots.map { slot in
      let value = Value(slot.value)
      let axes = (0..<(try builder.shape(of: value).rank)).filter { $0 != slot.axis }
      return try criterion.statistic(of: value, over: axes, in: builder).name
    }
    var probes = builder.graph
    let facts = try probes.facts()
    probes.outputs = statistics.map { GraphPort($0, facts[$0]!.type) }
    probes = try DeadNodeElimination().apply(to: probes)
    let program = try SplitProgram(probes, on: samples, batchSize: batchSize, engine: engine)
    var means: [Slot: RunningMean] = [:]
    try program.forEachBatch { outputs in
      guard outputs.count == program.batchSize else { return }
      for (slot, name) in zip(slots, statistics) {
        means[slot, default: RunningMean()].add(outputs.values[name]!.doubles)
      }
    }
    return means.mapValues(\.values)
  }

  /// The mean over batches of what a criterion makes of the gradients of gates behind the layers.
  func gates(for criterion: some GradientCriterion) throws -> [Slot: [Double]] {
    let measurement = try GradientMeasurement(
      of: model, on: samples, batches: preparation, batchSize: batchSize, engine: engine)
    let gates = try Gate.all(of: model.graph).filter { gate in
      gate.terms.allSatisfy { measurement.parameters.contains($0.parameter) }
    }
    var means: [Slot: RunningMean] = [:]
    try measurement.forEachBatch {
      for gate in gates {
        let gradients = gate.gradients(in: measurement.state, of: model.graph)
        means[gate.slot, default: RunningMean()].add(gradients.map(criterion.contribution))
      }
    }
    return means.mapValues(\.values)
  }

  /// The mean over batches of what a criterion makes of w ∂L/∂w, for each weight of some parameters that the loss depends
  /// on.
  func weights(_ names: [String], for criterion: some GradientCriterion) throws -> [String: [Double]] {
    let measurement = try GradientMeasurement(
      of: model, on: samples, batches: preparation, batchSize: batchSize, engine: engine)
    var means: [String: RunningMean] = [:]
    try measurement.forEachBatch {
      for name in names where measurement.parameters.contains(name) {
        let products = zip(model.graph.parameters[name]!.tensor.doubles, measurement.state.gradient(name).doubles)
        means[name, default: RunningMean()].add(products.map { criterion.contribution(of: $0 * $1) })
      }
    }
    return means.mapValues(\.values)
  }
}

/// The mean of rows of numbers.
private struct RunningMean {
  private var sums: [Double] = []
  private var count = 0.0

  var values: [Double] { sums.map { $0 / count } }

  mutating func add(_ row: [Double]) {
    sums = sums.isEmpty ? row : zip(sums, row).map(+)
    count += 1
  }
}

/// An imagined factor of 1 on each output channel of a layer, behind its bias or its batch normalisation.
private struct Gate {
  /// A parameter that multiplies or shifts the channels, which lie along one of its axes.
  struct Term {
    var parameter: String
    var axis: Int
  }

  /// The output axis of the layer's weights.
  let slot: Slot
  /// What the gate's gradient is summed from.
  let terms: [Term]

  static func all(of graph: Graph) throws -> [Gate] {
    let consumers = graph.consumers()
    return try graph.weightedLayers().map { layer in
      let slot = Slot(layer.weights, layer.axes.output)
      let output = layer.node.outputs[0]
      let reader = consumers[output].flatMap { $0.count == 1 && !graph.isOutput(output) ? graph.nodes[$0[0]] : nil }
      if let reader, reader.op is BatchNormalization {
        return Gate(slot: slot, terms: reader.inputs[1...2].map { Term(parameter: $0, axis: 0) })
      }
      var terms = [Term(parameter: layer.weights, axis: layer.axes.output)]
      // The bias of a MatMul is a vector that is added behind it.
      if layer.op is MatMul, let reader, reader.op is Add,
        let bias = reader.inputs.first(where: { graph.parameters[$0] != nil }),
        let shape = graph.parameters[bias]?.shape, shape.count == shape.dimensions.last,
        shape.count == graph.parameters[layer.weights]!.shape[layer.axes.output]
      {
        terms.append(Term(parameter: bias, axis: shape.rank - 1))
      }
      if layer.node.inputs.count > 2, let bias = graph.parameters[layer.node.inputs[2]], bias.shape.rank == 1 {
        terms.append(Term(parameter: layer.node.inputs[2], axis: 0))
      }
      return Gate(slot: slot, terms: terms)
    }
  }

  /// dL/dz of each channel: the sum over the terms, and within each over the channel's numbers, of w dL/dw.
  func gradients(in state: TrainingState, of graph: Graph) -> [Double] {
    let sums = terms.map { term in
      let weights = graph.parameters[term.parameter]!.tensor
      let products = zip(weights.doubles, state.gradient(term.parameter).doubles).map(*)
      var sums = [Double](repeating: 0, count: weights.shape[term.axis])
      let inner = weights.shape.dimensions[(term.axis + 1)...].reduce(1, *)
      for (index, product) in products.enumerated() { sums[index / inner % sums.count] += product }
      return sums
    }
    return sums.dropFirst().reduce(sums[0]) { zip($0, $1).map(+) }
  }
}
