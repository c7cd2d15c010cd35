import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Sub-networks that read the leading channels of a larger network's parameters.
@Suite(.serialized) struct SubnetworkTests {
  private let engine = Engine(threads: 1)
  private let whole = SlimmableNetwork(channels: 16)

  /// The leading elements of a tensor along every axis, from `offsets` on.
  private func part(_ tensor: Tensor, _ shape: Shape, offsets: [Int]? = nil) throws -> Tensor {
    let starts = offsets ?? Array(repeating: 0, count: shape.rank)
    let ends = zip(starts, shape.dimensions).map { $0 + $1 }
    let slice = Slice(starts: starts, ends: ends, axes: Array(0..<shape.rank))
    return try slice.evaluate([tensor], in: EvaluationContext(batch: 1))[0]
  }

  /// The sub-network with its parameters cut out of the state's by hand.
  private func cut(_ graph: Graph, from state: TrainingState) throws -> Graph {
    var graph = graph
    for (name, parameter) in graph.parameters where state.memory.places[name] != nil {
      graph.parameters[name] = .dense(try part(state.memory.tensor(name), parameter.shape))
    }
    return graph
  }

  private func run(_ graph: Graph, _ memory: ParameterMemory, _ x: Tensor) throws -> Tensor {
    let program = try Program(
      graph: graph, batch: SlimmableNetwork.batch, parameters: memory, engine: engine,
      options: ProgramOptions(fusesInference: false))
    return try program.run(["x": x])["y"]!
  }

  @Test(arguments: [4, 10, 16])
  func readsTheLeadingChannels(channels: Int) throws {
    let state = TrainingState(graph: try whole.graph())
    let small = try SlimmableNetwork(channels: channels, seed: 77).graph()
    let view = try SubnetworkState(Subnetwork(name: "small", graph: small), of: state)
    let x = SlimmableNetwork.samples()["x"]!
    let wanted = try cut(small, from: state)
    let program = try Program(
      graph: small, batch: SlimmableNetwork.batch, parameters: view.memory, engine: engine)
    let first = try program.run(["x": x])["y"]!
    #expect(try first == run(wanted, ParameterMemory(graph: wanted), x))
    #expect(try view.graph(on: engine).parameters["conv2.weight"]!.tensor == wanted.parameters["conv2.weight"]!.tensor)

    // Changes of the state are seen at the next run.
    state.memory.write(Tensor(repeating: Float(0.25), shape: [16, 16, 1, 1]), to: "conv2.weight")
    let changed = try cut(small, from: state)
    let second = try program.run(["x": x])["y"]!
    #expect(second != first)
    #expect(try second == run(changed, ParameterMemory(graph: changed), x))
  }

  /// The gradients of one sub-network alone, in a state of its own.
  private func gradients(channels: Int, precision: ProgramOptions.Precision = .float32) throws -> TrainingState {
    let state = TrainingState(graph: try whole.graph())
    let small = try SlimmableNetwork(channels: channels, seed: 77).graph()
    let view = try SubnetworkState(Subnetwork(name: "small", graph: small), of: state)
    let program = try GradientProgram(
      SlimmableNetwork.differentiated(small), batch: SlimmableNetwork.batch, subnetwork: view, engine: engine,
      precision: precision)
    _ = try program.run(SlimmableNetwork.samples())
    return state
  }

  @Test func gradientsLieWhereParametersWereRead() throws {
    let state = try gradients(channels: 6)
    let small = try SlimmableNetwork(channels: 6).graph()
    // Those of the cut network by itself.
    let alone = TrainingState(graph: try cut(small, from: TrainingState(graph: try whole.graph())))
    let program = try GradientProgram(
      SlimmableNetwork.differentiated(small), batch: SlimmableNetwork.batch, state: alone, engine: engine)
    _ = try program.run(SlimmableNetwork.samples())
    for name in state.trainable {
      let (all, own) = (state.gradient(name), alone.gradient(name))
      #expect(try part(all, own.shape).floats == own.floats, "\(name)")
      let (inside, sum) = (own.floats.filter { $0 != 0 }.count, all.floats.filter { $0 != 0 }.count)
      #expect(inside == sum && inside > 0, "\(name): gradients outside of the part that was read")
    }
  }

  @Test(arguments: [ProgramOptions.Precision.float32, .bfloat16])
  func severalAddUpToTheSumOfEachAlone(precision: ProgramOptions.Precision) throws {
    let widths = [16, 10, 4]
    let graph = try whole.graph()
    let state = TrainingState(graph: graph)
    var programs: [GradientProgram] = []
    for (index, channels) in widths.enumerated() {
      let small = try SlimmableNetwork(channels: channels, seed: UInt64(50 + index)).graph()
      let view = try SubnetworkState(Subnetwork(name: "\(channels)", graph: small), of: state)
      programs.append(
        try GradientProgram(
          SlimmableNetwork.differentiated(small), batch: SlimmableNetwork.batch, subnetwork: view, engine: engine,
          accumulates: true, precision: precision))
    }
    try state.clearGradients(on: engine)
    for program in programs { _ = try program.run(SlimmableNetwork.samples()) }
    let alone = try widths.map { try gradients(channels: $0, precision: precision) }
    for name in state.trainable {
      let parts = alone.map { $0.gradient(name).floats }
      let sum = parts[0].indices.map { parts[0][$0] + parts[1][$0] + parts[2][$0] }
      #expect(state.gradient(name).floats == sum, "\(name)")
    }
  }

  /// The whole network bound to the state itself and a sub-network take turns in one training.
  @Test func updatesReachAllOfThem() throws {
    let graph = try whole.graph()
    let state = TrainingState(graph: graph)
    let small = try SlimmableNetwork(channels: 8, seed: 77).graph()
    let view = try SubnetworkState(Subnetwork(name: "half", graph: small), of: state)
    let programs = [
      try GradientProgram(
        SlimmableNetwork.differentiated(graph), batch: SlimmableNetwork.batch, state: state, engine: engine,
        accumulates: true),
      try GradientProgram(
        SlimmableNetwork.differentiated(small), batch: SlimmableNetwork.batch, subnetwork: view, engine: engine,
        accumulates: true),
    ]
    let update = UpdateProgram(rule: .sgd(momentum: 0.9, nesterov: false), state: state, engine: engine) { _ in
      UpdateSettings()
    }
    var losses: [[Double]] = []
    for _ in 0..<40 {
      try state.clearGradients(on: engine)
      losses.append(try programs.map { try $0.run(SlimmableNetwork.samples())["loss"]!.doubles[0] })
      try update.run(rate: 0.02, gradientScale: 0.5)
    }
    // The targets are random numbers, which no network of this size fits wholly.
    for network in 0..<2 { #expect(losses.last![network] < 0.75 * losses[0][network]) }
  }

  @Test func kernelsAreTheCentreWhereAsked() throws {
    let state = TrainingState(graph: try SlimmableNetwork(channels: 8, kernel: 5).graph())
    let small = try SlimmableNetwork(channels: 4, kernel: 3, seed: 77).graph()
    for kernels in [Subnetwork.Kernels.leading, .centred] {
      let view = try SubnetworkState(Subnetwork(name: "small", graph: small, kernels: kernels), of: state)
      let weights = try view.graph(on: engine).parameters["conv1.weight"]!.tensor
      let offset = kernels == .centred ? 1 : 0
      #expect(
        try weights == part(state.memory.tensor("conv1.weight"), [4, 3, 3, 3], offsets: [0, 0, offset, offset]))
    }
  }

  @Test(arguments: [Subnetwork.Statistics.shared, .own])
  func runningStatisticsAreSharedOrOwn(statistics: Subnetwork.Statistics) throws {
    let graph = try whole.graph()
    let small = try SlimmableNetwork(channels: 6, seed: 77).graph()
    let subnetwork = Subnetwork(name: "small", graph: small, statistics: statistics)
    let state = TrainingState(graph: graph, subnetworks: [subnetwork])
    let view = try SubnetworkState(subnetwork, of: state)
    let name = statistics == .own ? "bn1.mean@small" : "bn1.mean"
    let (before, wholeBefore) = (state.memory.tensor(name).floats, state.memory.tensor("bn1.mean").floats)
    let program = try GradientProgram(
      SlimmableNetwork.differentiated(subnetwork.graph), batch: SlimmableNetwork.batch, subnetwork: view,
      engine: engine)
    _ = try program.run(SlimmableNetwork.samples())
    _ = try program.run(SlimmableNetwork.samples())
    let (after, wholeAfter) = (state.memory.tensor(name).floats, state.memory.tensor("bn1.mean").floats)
    #expect(zip(before, after).prefix(6).allSatisfy { $0 != $1 })
    #expect(before.dropFirst(6) == after.dropFirst(6))
    #expect((wholeBefore == wholeAfter) == (statistics == .own))
    // Twice the momentum's step, not once: the second run went on from what the first had left.
    let batch = try statisticsOfBatch(subnetwork.graph, view)
    let decay = Float(BatchNormalization().momentum)
    for channel in 0..<6 {
      let once = decay * before[channel] + (1 - decay) * batch[channel]
      let twice = decay * once + (1 - decay) * batch[channel]
      #expect(abs(after[channel] - twice) < 1e-5)
    }
    // They belong to the state: a snapshot holds them, and another program of the sub-network reads them.
    #expect(state.snapshot().parameters[name]?.floats == after)
    #expect(try view.graph(on: engine).parameters[name]!.tensor.floats == Array(after.prefix(6)))
  }

  /// The mean of the first convolution's channels over the samples.
  private func statisticsOfBatch(_ graph: Graph, _ view: SubnetworkState) throws -> [Float] {
    var graph = try view.graph(on: engine)
    let first = graph.nodes[0].outputs[0]
    graph.outputs = [GraphPort(first, try graph.facts()[first]!.type)]
    let y = try Program(
      graph: graph, batch: SlimmableNetwork.batch, parameters: ParameterMemory(graph: graph), engine: engine
    ).run(["x": SlimmableNetwork.samples()["x"]!])[first]!
    let mean = try ReduceMean(axes: [0, 2, 3], keepDimensions: false)
      .evaluate([y], in: EvaluationContext(batch: SlimmableNetwork.batch))[0]
    return mean.floats
  }

  @Test func whatIsNoPartIsRefused() throws {
    let state = TrainingState(graph: try whole.graph())
    let wider = Subnetwork(name: "wider", graph: try SlimmableNetwork(channels: 17).graph())
    #expect(throws: PareError.self) { try SubnetworkState(wider, of: state) }
    let own = Subnetwork(name: "own", graph: try SlimmableNetwork(channels: 4).graph(), statistics: .own)
    let error = #expect(throws: PareError.self) { try SubnetworkState(own, of: state) }
    #expect(error?.code == .usage)
  }

  /// Running a program of a sub-network again allocates no copies: nothing changed, nothing is copied.
  @Test func copiesAreMadeOncePerChange() throws {
    let state = TrainingState(graph: try whole.graph())
    let small = try SlimmableNetwork(channels: 4, seed: 77).graph()
    let view = try SubnetworkState(Subnetwork(name: "small", graph: small), of: state)
    let x = SlimmableNetwork.samples()["x"]!
    _ = try run(small, view.memory, x)
    let version = view.memory.version
    _ = try run(small, view.memory, x)
    #expect(view.memory.version == version)
    state.memory.markChanged()
    _ = try run(small, view.memory, x)
    #expect(view.memory.version == version + 1)
    state.memory.markStatisticsChanged()
    _ = try run(small, view.memory, x)
    #expect(view.memory.version == version + 1)
  }
}
