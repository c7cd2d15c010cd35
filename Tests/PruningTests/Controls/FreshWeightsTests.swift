import Graphs
import Tensors
import Testing

@testable import Pruning

@Suite("Fresh weights")
struct FreshWeightsTests {
  @Test("He's deviation in every layer, biases and normalisations at their start, the same for the same seed")
  func fresh() throws {
    let graph = try SmallNetworks.residual()
    let fresh = try FreshWeights(seed: 4).applied(to: graph)
    #expect(fresh.parameters.keys == graph.parameters.keys)
    for (name, inputs) in [("second.weight", 72), ("depthwise.weight", 9), ("head.weight", 72)] {
      let values = fresh.parameters[name]!.tensor.doubles
      let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
      // The mean square of n normal numbers deviates by sqrt(2 / n) of itself; four of these are not met by chance.
      #expect(abs(square * Double(inputs) / 2 - 1) < 4 * (2 / Double(values.count)).squareRoot(), "\(name): \(square)")
      #expect(fresh.parameters[name]!.tensor != graph.parameters[name]!.tensor)
    }
    let normalization = try #require(graph.nodes.first { $0.op is BatchNormalization })
    for (input, value) in zip(normalization.inputs[1...4], [1, 0, 0, 1] as [Float]) {
      #expect(fresh.parameters[input]!.tensor.floats.allSatisfy { $0 == value })
    }
    #expect(
      try FreshWeights(seed: 4).applied(to: graph).parameters["stem.weight"]!.tensor
        == fresh.parameters["stem.weight"]!.tensor)
    #expect(
      try FreshWeights(seed: 5).applied(to: graph).parameters["stem.weight"]!.tensor
        != fresh.parameters["stem.weight"]!.tensor)
  }
}
