import Datasets
import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Networks run segment by segment, on digits.
@Suite(.serialized) struct SegmentedProgramTests {
  private static let exits = ["exit0", "exit1", "exit2"]

  /// Three stages of convolutions, each with an exit.
  private func network() throws -> Graph {
    let b = GraphBuilder(name: "exits")
    var x = b.imageInput(channels: 1, height: 8, width: 8)
    for (index, channels) in [8, 16, 16].enumerated() {
      x = try b.convolution(
        x, outputs: channels, kernel: 3, stride: index == 1 ? 2 : 1, padding: 1, bias: false,
        initializer: HeInitializer(), name: "conv\(index)")
      x = try b.relu(b.batchNormalization(x, name: "bn\(index)"))
      let pooled = try b.flattened(b.globalAveragePool(x))
      try b.output(
        b.dense(pooled, outputs: 10, initializer: HeInitializer(fan: .input), name: "fc\(index)"),
        as: Self.exits[index])
    }
    return try b.build()
  }

  private func segmented(_ graph: Graph) throws -> SegmentedGraph {
    try SegmentedGraph(graph, cutAfter: Self.exits.map { [$0] })
  }

  private func digits(_ count: Int) throws -> Tensor {
    let split = try Dataset(parsing: "digits").split(.test)
    let loader = try BatchLoader(split, .evaluation(batchSize: count))
    defer { loader.cancel() }
    return try #require(try loader.next()).inputs.values.first!
  }

  private func whole(_ graph: Graph, _ images: Tensor) throws -> [String: Tensor] {
    try Network(graph: graph).makeSession(batch: images.shape[0]).run([graph.inputs[0].name: images])
  }

  private func row(_ tensor: Tensor, _ index: Int) -> [Float] {
    let size = tensor.shape.count / tensor.shape[0]
    return Array(tensor.floats[index * size..<(index + 1) * size])
  }

  private func isClose(_ a: [Float], _ b: [Float]) -> Bool {
    let scale = b.map(abs).max() ?? 1
    return zip(a, b).allSatisfy { Double(abs($0 - $1)) <= Tolerance.float32 * Double(max(scale, 1)) }
  }

  /// Samples leave by a rule; what they leave with is what the whole network says at that exit, and nothing is computed
  /// for them behind it.
  @Test(arguments: [1, 2])
  func samplesThatLeaveAreNotComputedFurther(threads: Int) throws {
    let graph = try network()
    let images = try digits(13)
    let wanted = try whole(graph, images)
    let program = try SegmentedProgram(segmented(graph), engine: Engine(threads: threads))
    let input = graph.inputs[0].name
    // Sample s leaves at exit s % 4, and 3 means the last one as well.
    var left: [Int: Int] = [:]
    try program.run([input: images]) { segment in
      let scores = try program.rows(of: Self.exits[segment])
      #expect(scores.shape == [program.samples.count, 10])
      for (row, sample) in program.samples.enumerated() {
        #expect(isClose(self.row(scores, row), self.row(wanted[Self.exits[segment]]!, sample)), "sample \(sample)")
      }
      let leaving = program.samples.indices.filter { segment == 2 || program.samples[$0] % 4 == segment }
      for row in leaving { left[program.samples[row]] = segment }
      return program.samples.indices.filter { !leaving.contains($0) }
    }
    #expect(left == Dictionary(uniqueKeysWithValues: (0..<13).map { ($0, min($0 % 4, 2)) }))
    #expect(program.samplesComputed == [13, 9, 6])
    #expect(program.rowsComputed == [16, 16, 8])
    #expect(program.samples.isEmpty)
  }

  @Test func workShrinksWithTheSamples() throws {
    let graph = try network()
    let images = try digits(16)
    let program = try SegmentedProgram(segmented(graph), engine: Engine(threads: 1))
    let input = graph.inputs[0].name
    func work(staying: [[Int]]) throws -> Int {
      try program.run([input: images]) { staying[$0] }
      return program.macsComputed
    }
    let all = Array(0..<16)
    let full = try work(staying: [all, all, []])
    #expect(full == 16 * (try graph.costs().macs))
    let early = try work(staying: [[3, 8], [1], []])
    let costs = try segmented(graph).segments.map { try $0.graph.costs().macs }
    #expect(early == 16 * costs[0] + 2 * costs[1] + costs[2])
    #expect(early < full / 2)
    #expect(try work(staying: [[], [], []]) == 16 * costs[0])
    #expect(program.samplesComputed == [16, 0, 0])
  }

  /// Every number of samples runs at the smallest compiled size that holds it, whatever was in the batch before.
  @Test func batchesOfEverySizeGiveTheSame() throws {
    let graph = try network()
    let images = try digits(8)
    let wanted = try whole(graph, images)
    let program = try SegmentedProgram(segmented(graph), batchSizes: [8, 3, 1], engine: Engine(threads: 1))
    for count in (1...8).reversed() {
      let part = Tensor(Array(images.floats.prefix(count * 64)), shape: [count, 1, 8, 8])
      try program.run([graph.inputs[0].name: part]) { _ in Array(program.samples.indices) }
      #expect(program.rowsComputed == Array(repeating: count > 3 ? 8 : count > 1 ? 3 : 1, count: 3))
      for exit in Self.exits {
        let scores = try program.rows(of: exit)
        for sample in 0..<count { #expect(isClose(row(scores, sample), row(wanted[exit]!, sample))) }
      }
    }
    #expect(throws: PareError.self) { try program.begin([graph.inputs[0].name: self.digits(9)]) }
  }

  /// A block that some samples skip: computed for the others alone.
  @Test func rowsMaySkipABlock() throws {
    let b = GraphBuilder()
    func block(_ x: Value, _ name: String) throws -> Value {
      try b.relu(b.convolution(x, outputs: 4, kernel: 3, padding: 1, initializer: HeInitializer(), name: name))
    }
    let stem = try block(b.imageInput(channels: 1, height: 8, width: 8), "stem")
    let gated = try block(stem, "gated")
    try b.output(b.flattened(b.globalAveragePool(gated)), as: "y")
    let graph = try b.build()
    let images = try digits(6)
    let program = try SegmentedProgram(
      SegmentedGraph(graph, cutAfter: [[stem.name], [gated.name], ["y"]]), engine: Engine(threads: 1))
    try program.begin([graph.inputs[0].name: images])
    try program.run(0)
    try program.run(1, rows: [1, 2, 4])
    try program.pass(stem.name, as: gated.name, rows: [0, 3, 5])
    try program.run(2)
    let y = try program.rows(of: "y")
    #expect(program.samplesComputed == [6, 3, 6] && program.rowsComputed == [8, 4, 8])

    let full = try whole(graph, images)["y"]!
    var short = graph
    short.nodes = graph.nodes.filter { !$0.outputs.contains(gated.name) && !$0.name.hasPrefix("gated") }
    for index in short.nodes.indices {
      short.nodes[index].inputs = short.nodes[index].inputs.map { $0 == gated.name ? stem.name : $0 }
    }
    let skipped = try whole(DeadNodeElimination().apply(to: short), images)["y"]!
    #expect(full != skipped)
    for sample in 0..<6 {
      let wanted = [1, 2, 4].contains(sample) ? full : skipped
      #expect(isClose(row(y, sample), row(wanted, sample)), "sample \(sample)")
    }
    // In two parts instead: the same.
    try program.run(1, rows: [0, 3, 5])
    try program.run(2)
    let both = try program.rows(of: "y")
    for sample in 0..<6 { #expect(isClose(row(both, sample), row(full, sample))) }
  }

  @Test func valuesThatWereNotComputedAreMissed() throws {
    let graph = try network()
    let program = try SegmentedProgram(segmented(graph), engine: Engine(threads: 1))
    try program.begin([graph.inputs[0].name: try digits(4)])
    #expect(throws: PareError.self) { try program.run(1) }
    #expect(throws: PareError.self) { try program.rows(of: "exit2") }
    try program.run(0)
    try program.run(1)
    // A new batch knows nothing of the old one's values.
    try program.begin([graph.inputs[0].name: try digits(3)])
    #expect(throws: PareError.self) { try program.run(1) }
    #expect(throws: PareError.self) { try program.rows(of: "nothing") }
  }

  /// Segments read a training's parameters where they are bound to them.
  @Test func segmentsBindToATrainingsState() throws {
    let graph = try network()
    let state = TrainingState(graph: graph)
    let program = try SegmentedProgram(segmented(graph), engine: Engine(threads: 1), parameters: state.memory)
    let images = try digits(5)
    func scores() throws -> Tensor {
      try program.run([graph.inputs[0].name: images]) { _ in Array(0..<5) }
      return try program.rows(of: "exit2")
    }
    let before = try scores()
    #expect(Tolerance.relative(before, try whole(graph, images)["exit2"]!) < Tolerance.float32)
    state.memory.write(Tensor(repeating: Float(0.1), shape: [16, 16, 3, 3]), to: "conv2.weight")
    let after = try scores()
    #expect(after != before)
    #expect(Tolerance.relative(after, try whole(state.graph(graph), images)["exit2"]!) < Tolerance.float32)
  }
}
