import Graphs
import TestSupport
import Tensors
import Testing

@testable import Pruning

@Suite("Which weights go")
struct WeightRuleTests {
  private static let granularities: [WeightGranularity] = [
    .weight, .kernel, .block(inputs: 1, outputs: 16), .block(inputs: 2, outputs: 3), .pattern(kept: 2, of: 4),
  ]

  /// Convolutions 8 -> 12 -> 20, a depthwise one, and dense layers to 16 and 10.
  private func network() throws -> Graph {
    let builder = GraphBuilder()
    let he = HeInitializer(seed: 9)
    var x = builder.imageInput("x", channels: 8, height: 4, width: 4)
    x = try builder.relu(builder.convolution(x, outputs: 12, kernel: 3, bias: true, initializer: he, name: "a"))
    x = try builder.relu(builder.convolution(x, outputs: 12, kernel: 3, groups: 12, initializer: he, name: "depthwise"))
    x = try builder.relu(builder.convolution(x, outputs: 20, kernel: 1, initializer: he, name: "b"))
    x = try builder.flattened(builder.globalAveragePool(x))
    x = try builder.relu(builder.dense(x, outputs: 16, initializer: he, name: "c"))
    try builder.output(builder.dense(x, outputs: 10, initializer: he, name: "d"), as: "y")
    return try builder.build()
  }

  @Test(
    "sparsity reached is sparsity asked to within a unit, layer by layer and over all",
    // Sensitivity is measured first: `WeightSensitivityTests`.
    arguments: granularities, [WeightSelection.uniform, .global])
  func reached(_ granularity: WeightGranularity, _ selection: WeightSelection) throws {
    let graph = try network()
    for sparsity in [0, 0.1, 0.5, 0.77, 0.9, 0.95] {
      var configuration = WeightPruningConfiguration(granularity: granularity, sparsity: sparsity)
      if granularity.fixedSparsity != nil {
        guard selection == .uniform else { continue }
        configuration.sparsity = nil
      }
      (configuration.selection, configuration.floor) = (selection, 0)
      configuration = try configuration.validated()
      let rule = try WeightRule(configuration, graph: graph)
      let asked = configuration.sparsity!
      let masks = try rule.masks(of: graph, sparsity: asked)
      let largest =
        switch granularity {
        case .kernel: 9
        case .block(let inputs, let outputs): inputs * outputs
        default: 1
        }
      #expect(!rule.names.contains("depthwise.weight") && rule.dense.contains { $0.name == "depthwise.weight" })
      let counted = selection == .uniform ? rule.names.map { [$0] } : [rule.names]
      for names in counted {
        let all = names.reduce(0) { $0 + masks.kept[$1]!.count }
        let zeros = names.reduce(0) { $0 + WeightMasks.zeros(in: masks.kept[$1]!) }
        let wanted = Int((asked * Double(all)).rounded())
        #expect(zeros <= wanted && zeros > wanted - largest)
      }
      let pruned = masks.applied(to: graph)
      for name in rule.names {
        #expect(WeightMasks(zerosOf: [name], in: pruned).kept[name] == masks.kept[name])
      }
      for name in graph.parameters.keys where !rule.names.contains(name) {
        #expect(pruned.parameters[name]!.tensor == graph.parameters[name]!.tensor)
      }
    }
  }

  @Test("layers lose what their ratios say, on the way as well, and others nothing")
  func ratios() throws {
    var configuration = WeightPruningConfiguration()
    configuration.layerRatios = [
      LayerRatio("b", removed: 0.5), LayerRatio("?.weight", removed: 0.8), LayerRatio("c", removed: 0.1),
    ]
    configuration.ignore = ["d"]
    configuration = try configuration.validated()
    let graph = try network()
    let rule = try WeightRule(configuration, graph: graph)
    #expect(rule.names == ["a.weight", "b.weight", "c.weight"] && rule.counts == [864, 240, 320])
    let wanted = [0.8 * 864, 120, 0.8 * 320].map { Int($0.rounded()) }
    #expect(abs(rule.sparsity - (0.8 * 864 + 120 + 0.8 * 320) / 1424) < 1e-12)
    func zeros(_ part: Double) throws -> [Int] {
      let masks = try rule.masks(of: graph, sparsity: part * rule.sparsity)
      return rule.names.map { WeightMasks.zeros(in: masks.kept[$0]!) }
    }
    #expect(try zeros(1) == wanted)
    #expect(try zeros(0.5) == [0.4 * 864, 60, 0.4 * 320].map { Int($0.rounded()) })
    configuration.selection = .global
    #expect(throws: PareError.self) { try configuration.validated() }
    configuration.selection = .uniform
    configuration.layerRatios = [LayerRatio("nothing", removed: 0.5)]
    #expect(throws: PareError.self) { try WeightRule(configuration, graph: graph) }
  }

  @Test("a global threshold takes from where weights are small, down to the floor")
  func global() throws {
    var graph = try network()
    graph.parameters["c.weight"] = .dense(
      Tensor(graph.parameters["c.weight"]!.tensor.floats.map { $0 * 1e-6 }, shape: [16, 20]))
    var configuration = WeightPruningConfiguration(sparsity: 0.6)
    configuration.selection = .global
    let rule = try WeightRule(configuration.validated(), graph: graph)
    let masks = try rule.masks(of: graph, sparsity: 0.6)
    #expect(WeightMasks.zeros(in: masks.kept["c.weight"]!) == 320 - 4)
    #expect(abs(masks.sparsity - 0.6) < 1 / Double(masks.count))
    let threshold = rule.names.filter { $0 != "c.weight" }.flatMap { name in
      zip(graph.parameters[name]!.tensor.floats, masks.kept[name]!.array(of: UInt8.self)).map { (abs($0), $1) }
    }
    let (gone, kept) = (threshold.filter { $0.1 == 0 }.map(\.0), threshold.filter { $0.1 == 1 }.map(\.0))
    #expect(gone.max()! <= kept.min()!)
  }

  @Test("what is zero stays zero as sparsity grows", arguments: ["l1", "l2", "random"])
  func monotone(_ criterion: String) throws {
    var graph = try network()
    var configuration = WeightPruningConfiguration(sparsity: 0.9)
    configuration.criterion = criterion
    let rule = try WeightRule(configuration.validated(), graph: graph)
    var masks = WeightMasks()
    for sparsity in SparsitySchedule.rounds(4, to: 0.9) {
      let next = try rule.masks(of: graph, sparsity: sparsity, masked: masks.kept)
      for (name, mask) in masks.kept {
        #expect(zip(mask.array(of: UInt8.self), next.kept[name]!.array(of: UInt8.self)).allSatisfy { $0 >= $1 })
      }
      masks = next
      // Weights that grow again after they were set to zero would be chosen differently; these are held.
      graph = masks.applied(to: graph)
    }
    #expect(abs(masks.sparsity - 0.9) < 4 / Double(masks.count))
  }

  @Test("layers that are to be left alone are")
  func ignore() throws {
    var configuration = WeightPruningConfiguration(sparsity: 0.5)
    configuration.ignore = ["d*", "a"]
    let rule = try WeightRule(configuration.validated(), graph: network())
    #expect(rule.names == ["b.weight", "c.weight"])
    configuration.ignore = ["none"]
    #expect(throws: PareError.self) { try WeightRule(configuration.validated(), graph: network()) }
  }

  @Test("schedules: the cubic formula by hand, each ends exactly at the sparsity asked for")
  func schedules() {
    let gradual = (0...4).map { SparsitySchedule.gradual(step: $0, of: 4, to: 0.8) }
    for (found, wanted) in zip(gradual, [0, 0.4625, 0.7, 0.7875, 0.8]) { #expect(abs(found - wanted) < 1e-12) }
    #expect(gradual.last == 0.8)
    #expect(SparsitySchedule.rounds(1, to: 0.9) == [0.9])
    let rounds = SparsitySchedule.rounds(3, to: 0.875)
    #expect(abs(rounds[0] - 0.5) < 1e-12 && abs(rounds[1] - 0.75) < 1e-12 && rounds[2] == 0.875)
    for (updates, share) in [(100, 0.6), (7, 0.5), (1, 0.1), (1000, 1.0)] {
      let events = SparseTraining.Ramp(sparsity: 0.9, share: share, steps: 20).events(updates: updates)
      let last = max(1, Int(share * Double(updates)))
      #expect(events.keys.max() == last && events[last] == 0.9)
      let sorted = events.sorted { $0.key < $1.key }.map(\.value)
      #expect(sorted == sorted.sorted() && events.keys.min()! >= 1)
    }
  }

  @Test("weights that are no numbers are refused")
  func notFinite() throws {
    var graph = try network()
    graph.parameters["b.weight"] = .dense(Tensor(repeating: Float.nan, shape: [20, 12, 1, 1]))
    let rule = try WeightRule(WeightPruningConfiguration(sparsity: 0.5).validated(), graph: graph)
    let error = #expect(throws: PareError.self) { try rule.masks(of: graph, sparsity: 0.5) }
    #expect(error?.code == .badInput)
  }
}
