import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Batches that are run in parts.
struct BatchPartsTests {
  @Test func partsCoverTheBatchAndComputeLittleTwice() {
    for batch in 1...40 {
      for most in 1...batch {
        let parts = BatchParts(of: batch, most: most)
        #expect(parts.length <= most)
        let covered = Set(parts.starts.flatMap { $0..<$0 + parts.length })
        #expect(covered == Set(0..<batch), "\(batch) in parts of \(most)")
        #expect(parts.starts.count * parts.length < batch + parts.length)
      }
    }
    // Three parts of 6 would compute two samples twice.
    #expect(BatchParts(of: 16, most: 6).starts == [0, 4, 8, 12])
    #expect(BatchParts(of: 7, most: 3).starts == [0, 2, 4, 5])
  }

  /// A network with what networks have: squeeze and excite, a sum, a concatenation, a dense layer; two outputs.
  private func graph() throws -> Graph {
    let b = GraphBuilder()
    let x = b.imageInput(channels: 3, height: 9, width: 8)
    let stem = try b.silu(b.convolution(x, outputs: 8, kernel: 3, bias: true, initializer: HeInitializer()))
    let gate = try b.sigmoid(
      b.convolution(b.add(GlobalAveragePool(), stem), outputs: 8, kernel: 1, bias: true, initializer: HeInitializer()))
    let branch = try b.convolution(b.product(stem, gate), outputs: 8, kernel: 3, initializer: HeInitializer())
    let both = try b.add(Concat(axis: 1), b.relu(b.sum(branch, stem)), stem)
    let flat = try b.add(Flatten(), b.add(GlobalAveragePool(), both))
    try b.output(b.softmax(b.dense(flat, outputs: 5, initializer: HeInitializer())), as: "y")
    try b.output(both, as: "map")
    return try b.build()
  }

  @Test(arguments: [1, 2])
  func partsGiveWhatTheWholeGives(threads: Int) throws {
    let network = try Network(graph: graph())
    let engine = Engine(threads: threads)
    let x = SampleTensors.normal([7, 3, 9, 8])
    let whole = try network.makeSession(batch: 7, engine: engine, options: ProgramOptions(samplesAtOnce: 7))
    let parts = try network.makeSession(batch: 7, engine: engine, options: ProgramOptions(samplesAtOnce: 3))
    #expect(parts.program.memoryBytes < whole.program.memoryBytes)
    let expected = try whole.run(["input": x])
    for _ in 0..<2 {
      let found = try parts.run(["input": x])
      for (name, value) in expected { #expect(Tolerance.relative(found[name]!, value) < Tolerance.float32) }
    }
    // The description is that of the whole batch.
    let macs = [parts, whole].map { $0.program.layers.reduce(0) { $0 + $1.macs } }
    #expect(macs[0] * 7 == macs[1] * 8)
    #expect(parts.program.outputs.map(\.shape) == whole.program.outputs.map(\.shape))
    #expect(parts.program.layers.map(\.outputShape) == whole.program.layers.map(\.outputShape))
    #expect(try parts.program.timedRun().count == parts.program.layers.count)
  }

  @Test func aNetworkThatMixesSamplesRunsAsAWhole() throws {
    let b = GraphBuilder()
    let x = b.imageInput(channels: 3, height: 5, width: 5)
    let centred = try b.add(Sub(), x, b.add(ReduceMean(axes: [0], keepDimensions: true), x))
    try b.output(b.relu(centred), as: "y")
    let graph = try b.build()
    let session = try Network(graph: graph).makeSession(
      batch: 4, engine: Engine(threads: 1), options: ProgramOptions(samplesAtOnce: 1))
    let input = SampleTensors.normal([4, 3, 5, 5])
    let expected = try ReferenceEvaluation(of: graph, inputs: ["input": input], batch: 4).values["y"]!
    #expect(Tolerance.relative(try session.run(["input": input])["y"]!, expected) < Tolerance.float32)
  }
}
