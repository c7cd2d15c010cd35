import Graphs
import TestSupport
import Tensors
import Testing

@testable import Factorization

@Suite struct DepthwiseSeparableTests {
  private func factorized(_ graph: Graph) throws -> (graph: Graph, layer: FactorizationReport.Layer) {
    let configuration = try FactorizationConfiguration(includesFirst: true)
    let (result, report) = try Factorization(configuration).factorized(graph)
    return (result, try #require(report.layers.first))
  }

  /// w[o, i, a, b] = ((7 o + 5 i + 3 a + 2 b + o i + o a b) mod 11) / 11 - 0.4.
  private func bank(_ shape: Shape) -> Tensor {
    let strides = shape.strides
    let values = (0..<shape.count).map { place in
      let at = (0..<4).map { place / strides[$0] % shape[$0] }
      let sum = 7 * at[0] + 5 * at[1] + 3 * at[2] + 2 * at[3] + at[0] * at[1] + at[0] * at[2] * at[3]
      return Float(Double(sum % 11) / 11 - 0.4)
    }
    return Tensor(values, shape: shape)
  }

  /// Factors are stored in float32: half a unit in the last place of each is 2^-25 of a product of two, and errors of
  /// all elements together are at most that relative to the bank.
  private static let storage = 1.2e-7

  @Test(
    "the error is that of LAPACK's leading triples",
    arguments: [
      ([4, 2, 3, 3], 0.769614949), ([3, 5, 5, 5], 0.712570068), ([16, 4, 1, 3], 0.738156367),
      ([2, 3, 2, 4], 0.535968235),
    ] as [(Shape, Double)])
  func error(shape: Shape, expected: Double) throws {
    let graph = try SmallNetworks.single(bank(shape), window: SpatialWindow(kernel: [shape[2], shape[3]]))
    #expect(abs(try factorized(graph).layer.relativeError - expected) < 1e-8 + Self.storage)
  }

  struct Form: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var window: SpatialWindow
    var hasBias = true
  }

  static let forms = [
    Form(testDescription: "plain", window: SpatialWindow(kernel: [3, 3])),
    Form(
      testDescription: "padded, strided", window: SpatialWindow(kernel: [3, 3], strides: [2, 1], pads: [1, 0, 2, 1])),
    Form(
      testDescription: "dilated, no bias", window: SpatialWindow(kernel: [3, 2], dilations: [2, 3]), hasBias: false),
    Form(testDescription: "as large as asked for", window: SpatialWindow(kernel: [5, 5], autoPad: .sameUpper)),
  ]

  /// A bank that is a product of filters and 1x1 weights comes back, and the network computes what it did.
  @Test("a separable bank is recovered", arguments: forms)
  func recovery(form: Form) throws {
    let (outputs, channels, taps) = (6, 5, form.window.kernel.reduce(1, *))
    let point = SampleTensors.normal([outputs, channels], seed: 2).floats
    let filters = SampleTensors.normal([channels, taps], seed: 3).floats
    let weights = (0..<outputs * channels * taps).map { place in
      point[place / taps] * filters[place / taps % channels * taps + place % taps]
    }
    let graph = try SmallNetworks.single(
      Tensor(weights, shape: Shape([outputs, channels] + form.window.kernel)), window: form.window,
      bias: form.hasBias ? SampleTensors.normal([outputs], seed: 4) : nil)
    let (result, layer) = try factorized(graph)
    #expect(layer.relativeError < 2 * Self.storage)
    #expect(result.nodes.map(\.name) == ["conv.depthwise", "conv.pointwise"])
    let operators = result.nodes.compactMap { $0.op as? Convolution }
    #expect(operators[0].window == form.window && operators[0].groups == channels)
    #expect(operators[1].window == SpatialWindow(kernel: [1, 1]) && operators[1].groups == 1)
    #expect(result.nodes[1].inputs.contains("conv.bias") == form.hasBias)
    let (before, after) = (try SmallNetworks.output(of: graph), try SmallNetworks.output(of: result))
    #expect(Tolerance.relative(after, before) < Tolerance.float32)
  }

  /// No pair is nearer in the Frobenius norm: moving any number of the factors makes the error larger.
  @Test func theFitIsTheBest() throws {
    let weights = bank([4, 2, 3, 3])
    let layer = FactorizableLayer(
      name: "conv", op: Convolution(window: SpatialWindow(kernel: [3, 3])), weights: weights)
    let factors = try DepthwiseSeparable().factors(of: layer)
    let (filters, points) = (factors.factors[0].weights.doubles, factors.factors[1].weights.doubles)
    func residual(_ filters: [Double], _ points: [Double]) -> Double {
      let sum = weights.doubles.indices.reduce(0.0) { sum, place in
        let (pair, tap) = (place / 9, place % 9)
        let difference = weights.doubles[place] - points[pair] * filters[pair % 2 * 9 + tap]
        return sum + difference * difference
      }
      return sum.squareRoot()
    }
    #expect(abs(residual(filters, points) - factors.residual) < 1e-12)
    for index in filters.indices {
      for step in [-0.01, 0.01] {
        var moved = filters
        moved[index] += step
        #expect(residual(moved, points) > factors.residual)
      }
    }
    for index in points.indices {
      for step in [-0.01, 0.01] {
        var moved = points
        moved[index] += step
        #expect(residual(filters, moved) > factors.residual)
      }
    }
  }

  @Test func aBankOfZerosHasNoError() throws {
    let graph = try SmallNetworks.single(Tensor(zeros: [4, 2, 3, 3]), window: SpatialWindow(kernel: [3, 3]))
    let (result, layer) = try factorized(graph)
    #expect(layer.relativeError == 0)
    #expect(try SmallNetworks.output(of: result).doubles.allSatisfy { $0 == 0 })
  }

  @Test(
    "what is separable already stays",
    arguments: [([6, 1, 3, 3], 6, "depthwise"), ([6, 2, 3, 3], 2, "in 2 groups"), ([6, 4, 1, 1], 1, "1x1")]
      as [(Shape, Int, String)])
  func obstacles(shape: Shape, groups: Int, reason: String) throws {
    let graph = try SmallNetworks.single(
      bank(shape), window: SpatialWindow(kernel: [shape[2], shape[3]]), groups: groups)
    let error = #expect(throws: PareError.self) { try factorized(graph) }
    #expect(error?.code == .badInput && error?.message.contains(reason) == true)
  }
}
