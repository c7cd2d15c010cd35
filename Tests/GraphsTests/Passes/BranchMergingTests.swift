import Graphs
import TestSupport
import Tensors
import Testing

@Suite("Merging branches and adding them")
struct BranchMergingTests {
  /// Weights are rounded to float32 once; outputs are of size 1 to 10.
  static let tolerance = 1e-5

  /// What is summed, in words that the cases below choose by.
  enum Branch: Sendable {
    case convolution(kernel: Int, bias: Bool)
    case normalized(kernel: Int)
    case normalization
    case identity
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var branches: [Branch]
    var inputs = 4
    var stride = 1
    var groups = 1
  }

  static let cases = [
    Case(
      testDescription: "RepVGG's block", branches: [.normalized(kernel: 3), .normalized(kernel: 1), .normalization]),
    Case(
      testDescription: "with stride", branches: [.normalized(kernel: 3), .normalized(kernel: 1)], inputs: 3, stride: 2),
    Case(
      testDescription: "three windows, smallest first",
      branches: [.identity, .normalized(kernel: 1), .convolution(kernel: 3, bias: true), .normalized(kernel: 5)]),
    Case(
      testDescription: "in groups",
      branches: [.normalized(kernel: 3), .convolution(kernel: 1, bias: false), .normalization], groups: 2),
    Case(
      testDescription: "depthwise", branches: [.normalized(kernel: 3), .normalized(kernel: 1), .identity], groups: 4),
    Case(
      testDescription: "a skip around one", branches: [.convolution(kernel: 3, bias: true), .identity]),
  ]

  private func add(_ branch: Branch, _ x: Value, _ item: Case, _ builder: GraphBuilder) throws -> Value {
    func convolution(_ kernel: Int, bias: Bool = false) throws -> Value {
      try builder.convolution(
        x, outputs: 4, kernel: kernel, stride: item.stride, groups: item.groups, bias: bias,
        initializer: HeInitializer())
    }
    switch branch {
    case .convolution(let kernel, let bias): return try convolution(kernel, bias: bias)
    case .normalized(let kernel): return try builder.batchNormalization(convolution(kernel))
    case .normalization: return try builder.batchNormalization(x)
    case .identity: return x
    }
  }

  /// A network with the branches of a case between two rectifiers.
  private func network(_ item: Case) throws -> Graph {
    let builder = GraphBuilder()
    let x = try builder.relu(builder.imageInput(channels: item.inputs, height: 6, width: 6))
    var sum = try add(item.branches[0], x, item, builder)
    for branch in item.branches.dropFirst() { sum = try builder.sum(sum, add(branch, x, item, builder)) }
    try builder.output(builder.relu(sum), as: "y")
    return withSampleVectors(try builder.build())
  }

  /// Positive numbers for biases and statistics.
  private func withSampleVectors(_ graph: Graph) -> Graph {
    var graph = graph
    for (number, name) in graph.parameters.keys.enumerated() where graph.parameters[name]!.shape.rank == 1 {
      graph.parameters[name] = .dense(SampleTensors.positive(graph.parameters[name]!.shape, seed: UInt64(number)))
    }
    return graph
  }

  private func expectSame(_ a: Graph, _ b: Graph) throws {
    let channels = a.inputs[0].type.shape![1].fixedExtent!
    let input = ["input": SampleTensors.normal([2, channels, 6, 6])]
    let (before, after) = (
      try ReferenceEvaluation(of: a, inputs: input, batch: 2, double: true).values,
      try ReferenceEvaluation(of: b, inputs: input, batch: 2, double: true).values
    )
    #expect(a.outputs == b.outputs)
    for port in a.outputs {
      let difference = Tolerance.relative(after[port.name]!, before[port.name]!)
      #expect(difference <= Self.tolerance)
    }
  }

  @Test("makes one convolution of them", arguments: cases)
  func merges(_ item: Case) throws {
    let graph = try network(item)
    let merged = try graph.applying(BranchMerging())
    #expect(merged.nodes.map(\.op.kind) == ["Relu", "Conv", "Relu"])
    #expect(merged.parameters.count == 2)
    try expectSame(graph, merged)
  }

  @Test("leaves what begins elsewhere in the sum")
  func leavesOthers() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 4, height: 6, width: 6)
    let he = HeInitializer()
    let other = try builder.relu(x)
    var sum = try builder.sum(
      other, builder.batchNormalization(builder.convolution(x, outputs: 4, kernel: 3, initializer: he)))
    sum = try builder.sum(sum, builder.convolution(x, outputs: 4, kernel: 1, initializer: he))
    sum = try builder.sum(sum, builder.parameter("shift", SampleTensors.normal([4, 1, 1])))
    try builder.output(sum, as: "y")
    let graph = withSampleVectors(try builder.build())
    let merged = try graph.applying(BranchMerging())
    #expect(merged.nodes.count { $0.op is Convolution } == 1)
    #expect(merged.nodes.count { $0.op is Add } == 2)
    try expectSame(graph, merged)
  }

  @Test("leaves branches alone whose insides are read elsewhere, and residual blocks of two layers")
  func leavesShared() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 4, height: 6, width: 6)
    let he = HeInitializer()
    let shared = try builder.convolution(x, outputs: 4, kernel: 3, initializer: he)
    let point = try builder.convolution(x, outputs: 4, kernel: 1, initializer: he)
    try builder.output(builder.sum(shared, point), as: "y")
    try builder.output(builder.relu(shared), as: "z")
    let graph = try builder.build()
    #expect(try graph.applying(BranchMerging()).nodes.count == graph.nodes.count)

    let residual = GraphBuilder()
    let input = residual.imageInput(channels: 4, height: 6, width: 6)
    var y = try residual.relu(residual.convolution(input, outputs: 4, kernel: 3, initializer: he))
    y = try residual.convolution(y, outputs: 4, kernel: 3, initializer: he)
    try residual.output(residual.sum(input, y), as: "y")
    #expect(try residual.build().applying(BranchMerging()).nodes.count == 4)
  }

  @Test("places a kernel by its padding, not by its middle")
  func placesByPadding() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 4, height: 6, width: 6)
    let large = SpatialWindow(kernel: [3, 3], pads: [0, 0, 2, 2])
    let small = SpatialWindow(kernel: [2, 2], pads: [0, 0, 1, 1])
    let a = try builder.add(
      Convolution(window: large), x, builder.parameter("a", SampleTensors.normal([4, 4, 3, 3], seed: 2)))
    let b = try builder.add(
      Convolution(window: small), x, builder.parameter("b", SampleTensors.normal([4, 4, 2, 2], seed: 3)))
    try builder.output(builder.sum(a, b), as: "y")
    let graph = try builder.build()
    let merged = try graph.applying(BranchMerging())
    #expect(merged.nodes.map(\.op.kind) == ["Conv"])
    try expectSame(graph, merged)
  }

  @Test("does not merge kernels that stick out of the largest")
  func leavesMisplaced() throws {
    let builder = GraphBuilder()
    let x = builder.imageInput(channels: 4, height: 6, width: 6)
    let windows = [
      SpatialWindow(kernel: [3, 3], pads: [0, 0, 2, 2]), SpatialWindow(kernel: [2, 2], pads: [1, 1, 0, 0]),
    ]
    let sides = try windows.enumerated().map { number, window in
      let kernel = SampleTensors.normal(Shape([4, 4] + window.kernel), seed: UInt64(number))
      return try builder.add(Convolution(window: window), x, builder.parameter("w", kernel))
    }
    try builder.output(builder.sum(sides[0], sides[1]), as: "y")
    #expect(try builder.build().applying(BranchMerging()).nodes.count == 3)
  }

  @Test("adds branches that change nothing, and takes them away again")
  func expands() throws {
    let builder = GraphBuilder()
    let he = HeInitializer()
    var x = builder.imageInput(channels: 3, height: 6, width: 6)
    x = try builder.relu(builder.convolution(x, outputs: 4, kernel: 3, bias: true, initializer: he))
    x = try builder.relu(builder.convolution(x, outputs: 4, kernel: 3, groups: 2, initializer: he))
    x = try builder.relu(builder.convolution(x, outputs: 4, kernel: 5, stride: 2, bias: true, initializer: he))
    x = try builder.convolution(x, outputs: 2, kernel: 1, bias: true, initializer: he)
    try builder.output(x, as: "y")
    let graph = withSampleVectors(try builder.build())
    let expanded = try graph.applying(BranchExpansion(seed: 1))
    // 3x3 and 1x1 each; the identity in the second alone, which has as many outputs as inputs and stride 1.
    #expect(expanded.nodes.count { $0.op is Convolution } == 7)
    #expect(expanded.nodes.count { $0.op is BatchNormalization } == 7)
    try expectSame(graph, expanded)
    let merged = try expanded.applying(BranchMerging())
    #expect(merged.nodes.map(\.op.kind) == graph.nodes.map(\.op.kind))
    try expectSame(graph, merged)
    #expect(
      try graph.applying(BranchExpansion(seed: 2)).parameters["conv.weight"]?.tensor
        != expanded.parameters["conv.weight"]?.tensor)
  }

  @Test("leaves convolutions alone that have a normalisation")
  func leavesNormalized() throws {
    let graph = try network(Case(testDescription: "", branches: [.normalized(kernel: 3)]))
    #expect(try graph.applying(BranchExpansion()).nodes.count == graph.nodes.count)
  }
}
