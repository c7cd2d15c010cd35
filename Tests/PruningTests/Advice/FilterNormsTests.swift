import Graphs
import TestSupport
import Tensors
import Testing

@testable import Pruning

@Suite("Norms of filters")
struct FilterNormsTests {
  /// A dense layer with the rows given, of two numbers each.
  private func layer(_ rows: [[Float]]) throws -> FilterNorms {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(2)])
    try builder.output(builder.dense(x, outputs: rows.count, initializer: HeInitializer(), name: "a"), as: "y")
    var graph = try builder.build()
    graph.parameters["a.weight"] = .dense(Tensor(rows.flatMap { $0 }, shape: [rows.count, 2]))
    return try FilterNorms(of: graph)
  }

  @Test("norms, histogram and conditions, worked by hand")
  func worked() throws {
    // Norms 5, 0.5, 10 and 4.5: mean 5, squares of deviations 0, 20.25, 25, 0.25.
    let norms = try layer([[3, 4], [0, 0.5], [-6, 8], [4.5, 0]])
    let found = try #require(norms.layers.first)
    #expect(found.name == "a.weight" && found.filters == 4)
    #expect(found.smallest == 0.5 && found.largest == 10 && found.mean == 5)
    #expect(abs(found.deviation - (45.5 / 4).squareRoot()) < 1e-12)
    #expect(found.histogram == [1, 0, 0, 0, 1, 1, 0, 0, 0, 1])
    #expect(found.deviates && found.reachesZero && norms.suggestion.contains("l1"))
  }

  @Test("equal norms, norms far from zero, and zeros")
  func conditions() throws {
    let equal = try layer([[3, 4], [5, 0], [0, -5]])
    #expect(!equal.layers[0].deviates && !equal.layers[0].reachesZero && equal.suggestion.contains("fpgm"))
    let far = try layer([[1, 0], [0, 3], [1, 0], [3, 0]])
    #expect(far.layers[0].deviates && !far.layers[0].reachesZero && far.suggestion.contains("taylor"))
    let zeros = try layer([[0, 0], [0, 0]])
    #expect(!zeros.layers[0].deviates && zeros.layers[0].reachesZero && zeros.layers[0].histogram[0] == 2)
  }

  @Test("permuting filters changes nothing, every layer is there once")
  func permuted() throws {
    let rows: [[Float]] = [[3, 4], [0, 0.5], [-6, 8], [4.5, 0]]
    #expect(try layer(rows) == layer([2, 0, 3, 1].map { rows[$0] }))
    let norms = try FilterNorms(of: SmallNetworks.residual())
    #expect(norms.layers.map(\.name) == ["stem", "first", "second", "depthwise", "head"].map { $0 + ".weight" })
    for layer in norms.layers { #expect(layer.histogram.reduce(0, +) == layer.filters) }
  }
}
