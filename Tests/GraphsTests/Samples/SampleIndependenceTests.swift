import Tensors
import TestSupport
import Testing

@testable import Graphs

/// Which networks compute each sample from itself alone.
struct SampleIndependenceTests {
  private func keepsApart(_ body: (GraphBuilder, Value) throws -> Value) throws -> Bool {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(4), .fixed(6)])
    try b.output(body(b, x), as: "y")
    return try b.build().keepsSamplesApart()
  }

  @Test func whatStaysWithinASampleKeepsApart() throws {
    #expect(try keepsApart { b, x in try b.softmax(x) })
    #expect(try keepsApart { b, x in try b.add(Transpose(permutation: [0, 2, 1]), x) })
    #expect(try keepsApart { b, x in try b.add(ReduceMean(axes: [1, -1], keepDimensions: false), x) })
    #expect(try keepsApart { b, x in try b.add(Concat(axis: 1), x, b.relu(x)) })
    #expect(try keepsApart { b, x in try b.add(Slice(starts: [1], ends: [3], axes: [-1]), x) })
    #expect(try keepsApart { b, x in try b.add(MatMul(), x, b.parameter("w", SampleTensors.normal([6, 5]))) })
    #expect(try keepsApart { b, x in try b.add(MatMul(), x, b.add(Transpose(permutation: [0, 2, 1]), x)) })
    #expect(try keepsApart { b, x in try b.add(Mul(), x, b.parameter("scale", SampleTensors.normal([1, 4, 1]))) })
    let dense = Gemm(transposeB: true)
    #expect(
      try keepsApart { b, x in
        try b.add(
          dense, b.add(Flatten(), x), b.parameter("w", SampleTensors.normal([3, 24])),
          b.parameter("b", SampleTensors.normal([3])))
      })
  }

  @Test func whatMixesSamplesDoesNot() throws {
    #expect(try !keepsApart { b, x in try b.softmax(x, axis: 0) })
    #expect(try !keepsApart { b, x in try b.softmax(x, axis: -3) })
    // Less its mean over the batch.
    #expect(try !keepsApart { b, x in try b.add(Sub(), x, b.add(ReduceMean(axes: [0], keepDimensions: true), x)) })
    #expect(try !keepsApart { b, x in try b.add(Concat(axis: 0), x, x) })
    // Every sample's product with every other: an axis of the batch behind the first.
    #expect(
      try !keepsApart { b, x in
        let flat = try b.add(Flatten(), x)
        return try b.add(MatMul(), flat, b.add(Transpose(permutation: [1, 0]), flat))
      })
    // An output without samples, and an operator that says nothing of them.
    #expect(try !keepsApart { b, x in try b.add(ReduceMean(axes: [0, 1, 2], keepDimensions: false), x) })
    #expect(try !keepsApart { b, x in try b.add(DynamicQuantizeLinear(), [x])[1] })
  }
}
