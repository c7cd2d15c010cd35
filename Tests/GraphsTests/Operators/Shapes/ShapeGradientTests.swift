import Graphs
import Tensors
import TestSupport
import Testing

private func normal(_ shape: Shape, _ seed: UInt64 = 1) -> Tensor { SampleTensors.normal(shape, seed: seed) }

@Suite("Gradients of operators that move elements") struct ShapeGradientTests {
  static let cases = [
    GradientCase("Concat, axis 1", Concat(axis: 1), [normal([2, 3], 1), normal([2, 1], 2), normal([2, 2], 3)]),
    GradientCase("Concat, axis -3", Concat(axis: -3), [normal([1, 2, 2], 1), normal([2, 2, 2], 2)]),
    GradientCase(
      "Slice, every second", Slice(starts: [0, 0], ends: [6, 5], axes: [2, 3], steps: [2, 2]), [normal([1, 2, 6, 5])]),
    GradientCase("Slice, backwards", Slice(starts: [-1], ends: [0], axes: [1], steps: [-2]), [normal([2, 6])]),
    GradientCase("Slice, from the end", Slice(starts: [-3], ends: [1000], axes: [-1]), [normal([2, 5])]),
    GradientCase("Pad", Pad(before: [0, 2, 1], after: [1, 0, 1]), [normal([1, 2, 3])]),
    GradientCase("Pad of channels", Pad(before: [0, 2, 0, 0], after: [0, 2, 0, 0]), [normal([1, 3, 2, 2])]),
    GradientCase("Pad that crops", Pad(before: [0, -1], after: [1, 2]), [normal([2, 3])]),
    GradientCase("Cast", Cast(to: .float32), [normal([3])]),
    GradientCase(
      "Slice behind a batch axis", Slice(starts: [1], ends: [3], axes: [1]), [normal([3, 4])],
      shapes: [0: [.batch, .fixed(4)]], batch: 3),
    GradientCase("Flatten", Flatten(), [normal([2, 3, 2])]),
    GradientCase("Flatten, axis 2", Flatten(axis: 2), [normal([2, 3, 2])]),
    GradientCase(
      "Flatten with batch axis", Flatten(), [normal([2, 3, 2])], shapes: [0: [.batch, .fixed(3), .fixed(2)]], batch: 2),
    GradientCase("Squeeze", Squeeze(axes: [0, 2]), [normal([1, 3, 1, 2])]),
    GradientCase("Squeeze of all", Squeeze(), [normal([1, 3, 1])]),
    GradientCase("Unsqueeze", Unsqueeze(axes: [0, -1]), [normal([3, 2])]),
    GradientCase("Transpose, reversed", Transpose(), [normal([2, 3, 4])]),
    GradientCase("Transpose to channels last", Transpose(permutation: [0, 2, 3, 1]), [normal([1, 2, 3, 4])]),
    GradientCase(
      "Gather rows, one of them twice", Gather(), [normal([4, 3]), Tensor([Int64(0), 3, 0])], wanted: [0]),
    GradientCase(
      "Gather columns by a matrix", Gather(axis: 1), [normal([2, 4]), Tensor([Int64(0), -1, 2, 2], shape: [2, 2])],
      wanted: [0]),
    GradientCase(
      "DepthToSpace, depth first", DepthToSpace(blockSize: 2), [normal([1, 8, 2, 3])]),
    GradientCase(
      "DepthToSpace, depth last", DepthToSpace(blockSize: 2, order: .columnRowDepth), [normal([2, 8, 1, 2])],
      shapes: [0: [.batch, .fixed(8), .fixed(1), .fixed(2)]], batch: 2),
    GradientCase("SpaceToDepth", SpaceToDepth(blockSize: 3), [normal([1, 2, 3, 6])]),
    GradientCase(
      "SpaceToDepth, depth last", SpaceToDepth(blockSize: 2, order: .columnRowDepth), [normal([1, 2, 2, 4])]),
    GradientCase("Gather one row", Gather(), [normal([4, 3]), Tensor(scalar: Int64(2))], wanted: [0]),
    GradientCase(
      "GatherND of rows, one of them twice", GatherND(),
      [normal([2, 3, 2]), Tensor([Int64(0), 1, 1, -1, 0, 1], shape: [3, 2])], wanted: [0]),
    GradientCase(
      "ScatterND", ScatterND(), [normal([4, 2], 1), Tensor([Int64(3), 0], shape: [2, 1]), normal([2, 2], 2)],
      wanted: [0, 2]),
    GradientCase(
      "ScatterND that adds", ScatterND(reduction: .add),
      [normal([4], 1), Tensor([Int64(-1), 0, 3], shape: [3, 1]), normal([3], 2)], wanted: [0, 2]),
    GradientCase("CastLike", CastLike(to: .float32), [normal([3])]),
  ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("of a split, all parts or some in the loss", arguments: [[0, 1, 2], [1], [0, 2]])
  func split(outputs: [Int]) throws {
    let op = AxisSplit(axis: -1, parts: .lengths([1, 3, 2]))
    #expect(try GradientCheck(op, [normal([2, 6])], wanted: [0], outputs: outputs).mismatches() == [])
  }

  @Test("of a split batch") func splitBatch() throws {
    let check = GradientCheck(
      AxisSplit(parts: .equal(2)), [normal([4, 3])], wanted: [0], outputs: [0, 1],
      shapes: [0: [.batch(2), .fixed(3)]], batch: 2)
    #expect(try check.mismatches() == [])
  }
}
