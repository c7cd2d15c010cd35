import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

@testable import Engine

/// Sessions of one network side by side.
@Suite(.serialized) struct SessionTests {
  /// A small residual network with weights in every kind of layer.
  private func network() throws -> Network {
    let b = GraphBuilder()
    let x = b.imageInput(channels: 3, height: 12, width: 12)
    let window = SpatialWindow(kernel: [3, 3], pads: [1, 1, 1, 1])
    func convolution(_ x: Value, _ shape: Shape, _ seed: UInt64) throws -> Value {
      try b.add(Convolution(window: window), x, b.parameter("w", KernelCase.weights(shape, seed: seed)))
    }
    let stem = try b.relu(convolution(x, [16, 3, 3, 3], 1))
    let block = try b.relu(b.sum(convolution(b.relu(convolution(stem, [16, 16, 3, 3], 2)), [16, 16, 3, 3], 3), stem))
    let pooled = try b.add(Flatten(), b.add(GlobalAveragePool(), block))
    let scores = try b.add(MatMul(), pooled, b.parameter("head", KernelCase.weights([16, 10], seed: 4)))
    try b.output(scores, as: "logits")
    return try Network(graph: b.build())
  }

  private func image(_ seed: UInt64) -> [Float] {
    var random = RandomSource(seed: seed)
    return Tensor.uniform([1, 3, 12, 12], in: 0...1, from: &random).floats
  }

  /// How many threads the process has now.
  private func threadCount() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("Threads:") })
    return try #require(Int(line.split(whereSeparator: \.isWhitespace).last ?? ""))
  }

  /// Keeps the calling thread busy for a moment.
  private static func hold() { Thread.sleep(forTimeInterval: 0.01) }

  /// Sessions of one thread run on their callers: eight tasks compute the right results, and the process has at most the
  /// tasks' own threads more than before.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "threads are counted in /proc"))
  func eightTasksStartNoThreadsOfTheirOwn() async throws {
    let network = try network()
    let reference = try network.makeSession(threads: 1)
    let expected = try (0..<8).map { seed -> [Float] in
      var scores = [Float](repeating: 0, count: 10)
      try reference.run(image(UInt64(seed)), into: &scores)
      return scores
    }
    let images = (0..<8).map { image(UInt64($0)) }
    // The pool of tasks has as many threads as it ever will once it has been busy.
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { Self.hold() } }
    }
    // The first task to ask starts them: sessions of one thread add none.
    let before = try threadCount()
    let most = try await withThrowingTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          let session = try network.makeSession(threads: 1)
          var scores = [Float](repeating: 0, count: 10)
          var most = 0
          for _ in 0..<200 {
            try session.run(images[task], into: &scores)
            #expect(scores == expected[task])
            most = max(most, try threadCount())
          }
          return most
        }
      }
      var most = 0
      for try await count in group { most = max(most, count) }
      return most
    }
    let tasks = ProcessInfo.processInfo.activeProcessorCount
    #expect(most <= before + tasks, "\(most) threads, \(before) before, \(tasks) for tasks")
  }

  @Test func theCallersBuffersAreUsedAsTheyAre() throws {
    let session = try network().makeSession(threads: 2)
    let tensors = try session.run(["input": Tensor(image(3), shape: [1, 3, 12, 12])])
    var scores = [Float](repeating: 0, count: 10)
    try session.run(image(3), into: &scores)
    #expect(scores == tensors["logits"]!.floats)
    var others = [Float](repeating: 0, count: 10)
    try others.withUnsafeMutableBufferPointer { try session.run(["input": image(4)], into: ["logits": $0]) }
    #expect(scores != others)
  }

  @Test func wrongBuffersAreRefused() throws {
    let session = try network().makeSession()
    var scores = [Float](repeating: 0, count: 9)
    #expect(throws: PareError.self) { try session.run(image(0), into: &scores) }
    #expect(throws: PareError.self) { try session.run(["other": Tensor(zeros: [1, 3, 12, 12])]) }
    #expect(throws: PareError.self) { try session.run(["input": Tensor(zeros: [2, 3, 12, 12])]) }
  }

  /// One batch size after another, and one thread count after another, give the same network.
  @Test(arguments: [1, 2], [1, 3, 8])
  func batchesAgreeWithTheReference(threads: Int, batch: Int) throws {
    let network = try network()
    let session = try network.makeSession(batch: batch, threads: threads)
    var random = RandomSource(seed: 9)
    let input = Tensor.uniform([batch, 3, 12, 12], in: 0...1, from: &random)
    let expected = try ReferenceEvaluation(of: network.graph, inputs: ["input": input], batch: batch).values["logits"]!
    #expect(Tolerance.relative(try session.run(["input": input])["logits"]!, expected) < Tolerance.float32)
  }
}
