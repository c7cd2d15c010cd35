import Graphs
import Tensors
import Testing

@testable import Pruning

@Suite("What is set to zero together")
struct WeightGranularityTests {
  @Test("texts are read and written", arguments: ["weight", "2:4", "4:8", "1:4", "block:1x16", "block:4x2", "kernel"])
  func texts(_ text: String) throws { #expect(try WeightGranularity(parsing: text).text == text) }

  @Test(
    "other texts are refused",
    arguments: ["", "weights", "4:2", "4:4", "0:4", "2:", ":4", "2:4:8", "block", "block:0x4", "block:1x", "block:axb"])
  func refused(_ text: String) {
    let error = #expect(throws: PareError.self) { try WeightGranularity(parsing: text) }
    #expect(error?.code == .usage)
  }

  /// A graph with one layer and the masks that a granularity gives at a sparsity by the weights' sizes.
  private func mask(
    _ values: [Float], _ shape: Shape, _ granularity: String, sparsity: Double? = nil, groups: Int = 1,
    selection: WeightSelection = .uniform
  ) throws -> [UInt8] {
    let builder = GraphBuilder()
    let weights = builder.parameter("w", Tensor(values, shape: shape))
    if shape.rank == 4 {
      let x = builder.imageInput("x", channels: shape[1] * groups, height: 4, width: 4)
      let window = SpatialWindow(kernel: [shape[2], shape[3]])
      try builder.output(builder.add(Convolution(window: window, groups: groups), x, weights), as: "y")
    } else {
      let x = builder.input("x", shape: [.batch, .fixed(shape[1])])
      try builder.output(builder.add(Gemm(transposeB: true), x, weights), as: "y")
    }
    var configuration = WeightPruningConfiguration(
      granularity: try WeightGranularity(parsing: granularity), sparsity: sparsity)
    (configuration.selection, configuration.floor) = (selection, 0)
    let graph = try builder.build()
    let rule = try WeightRule(configuration.validated(), graph: graph)
    let masks = try rule.masks(of: graph, sparsity: configuration.validated().sparsity!)
    return masks.kept["w"]!.array(of: UInt8.self)
  }

  @Test("single weights: the smallest go, of equal ones the first")
  func weights() throws {
    #expect(try mask([3, -1, 2, 1, 0.5, -4], [2, 3], "weight", sparsity: 0.5) == [1, 0, 1, 0, 0, 1])
    #expect(try mask([1, 1, 1, 1], [2, 2], "weight", sparsity: 0.5) == [0, 0, 1, 1])
    #expect(try mask([1, 2, 3, 4], [2, 2], "weight", sparsity: 0) == [1, 1, 1, 1])
    // A fifth of six is 1.2, rounded to 1; three tenths are 1.8, rounded to 2.
    #expect(try mask([1, 2, 3, 4, 5, 6], [2, 3], "weight", sparsity: 0.2) == [0, 1, 1, 1, 1, 1])
    #expect(try mask([1, 2, 3, 4, 5, 6], [2, 3], "weight", sparsity: 0.3) == [0, 0, 1, 1, 1, 1])
  }

  @Test("two of four inputs in a row stay")
  func pattern() throws {
    #expect(
      try mask([1, -4, 2, 3, 0.1, 0.2, 0.4, 0.3, 9, 9, 9, 9, 4, 3, 2, 1], [2, 8], "2:4")
        == [0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0])
    #expect(try mask([1, -4, 2, 3], [1, 4], "1:4") == [0, 1, 0, 0])
    // Of a convolution the inputs are the second axis: the positions of the kernel are apart.
    #expect(
      try mask([1, 8, 2, 7, 3, 6, 4, 5], [1, 4, 1, 2], "2:4") == [0, 1, 0, 1, 1, 0, 1, 0])
  }

  @Test("kernels go by their mean size")
  func kernels() throws {
    #expect(
      try mask([5, 0, 0, 0, 2, 2, 2, 2, 1, 1, 1, 1, 9, 9, 9, 9], [2, 2, 2, 2], "kernel", sparsity: 0.5)
        == [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1])
  }

  @Test("blocks of inputs by outputs, the ragged ones at the edge smaller")
  func blocks() throws {
    // Three outputs, two inputs, blocks of one input and two outputs: (o0, o1) and (o2) for each input.
    // Means: input 0: 1.5 and 9; input 1: 5 and 0.5. Half of six weights is three: 0.5 (one weight), 1.5 (two).
    #expect(try mask([1, 5, 2, 5, 9, 0.5], [3, 2], "block:1x2", sparsity: 0.5) == [0, 1, 0, 1, 1, 0])
    // A third of them is two: the block of one goes, the block of two would be one too many.
    #expect(try mask([1, 5, 2, 5, 9, 0.5], [3, 2], "block:1x2", sparsity: 1.0 / 3) == [1, 1, 1, 1, 1, 0])
  }

  @Test("inputs of a group's own are the inputs of a grouped convolution; depthwise ones are left alone")
  func grouped() throws {
    #expect(try mask([1, 8, 2, 7, 8, 1, 7, 2], [2, 4, 1, 1], "2:4", groups: 2) == [0, 1, 0, 1, 1, 0, 1, 0])
    let error = #expect(throws: PareError.self) {
      try mask([1, 2, 3, 4], [4, 1, 1, 1], "weight", sparsity: 0.5, groups: 4)
    }
    #expect(error?.code == .usage)
  }

  @Test("inputs that are no multiple are left alone, and it is said")
  func noMultiple() throws {
    let error = #expect(throws: PareError.self) { try mask([1, 2, 3, 4, 5, 6], [1, 6], "2:4") }
    #expect(error?.message.contains("6 inputs are no multiple of 4") == true)
  }

  @Test("numbers that do not go together are refused")
  func configurations() throws {
    func code(_ change: (inout WeightPruningConfiguration) -> Void) -> PareError.Code? {
      var configuration = WeightPruningConfiguration(sparsity: 0.5)
      change(&configuration)
      return #expect(throws: PareError.self) { try configuration.validated() }?.code
    }
    #expect(code { $0.sparsity = nil } == .usage)
    #expect(code { $0.sparsity = 1 } == .usage)
    #expect(code { $0.criterion = "fpgm" } == .usage)
    #expect(code { ($0.criterion, $0.schedule) = ("movement", .oneShot) } == .usage)
    #expect(code { $0.floor = 0.6 } == .usage)
    #expect(code { ($0.floor, $0.selection) = (0.6, .global) } == .usage)
    #expect(code { ($0.granularity, $0.sparsity, $0.floor) = (.pattern(kept: 2, of: 4), nil, 0.6) } == .usage)
    #expect(try WeightPruningConfiguration(sparsity: 0.9).validated().floor == 0.01)
    let sparse = try #require(try WeightPruningConfiguration(sparsity: 0.998).validated().floor)
    #expect(abs(sparse - 0.001) < 1e-9, "the usual floor gives way to the sparsity")
    #expect(code { ($0.granularity, $0.sparsity) = (.pattern(kept: 1, of: 4), 0.5) } == .usage)
    #expect(code { ($0.granularity, $0.schedule) = (.pattern(kept: 2, of: 4), .agp) } == .usage)
    var pattern = WeightPruningConfiguration(granularity: .pattern(kept: 1, of: 4))
    #expect(try pattern.validated().sparsity == 0.75)
    pattern.sparsity = 0.75
    #expect(try pattern.validated().sparsity == 0.75)
  }
}
