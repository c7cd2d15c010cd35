import Graphs
import Tensors
import Testing

@testable import Quantization

@Suite struct QuantizedWeightsTests {
  private func quantized(
    _ op: any WeightQuantizable, _ weights: Tensor, bias: Tensor? = nil, inputScale: Float = 1,
    isPerChannel: Bool = true,
    means: [Double]? = nil
  ) throws -> QuantizedWeights {
    try QuantizedWeights(
      op, weights: weights, bias: bias, inputScale: inputScale, isPerChannel: isPerChannel, means: means)
  }

  @Test func channelScalesByHand() throws {
    let weights = Tensor([Float(127), -1, 0, 0.5, -2.54, 1.27, 0, 0], shape: [2, 4])
    let result = try quantized(Gemm(transposeB: true), weights)
    #expect(result.scales == [1, 2.54 / 127])
    // 0.5 is a tie and goes to the even 0; 1.27 / 0.02 = 63.5 is one too, up to rounding.
    let integers = result.integers.array(of: Int8.self)
    #expect(integers[0...4] == [127, -1, 0, 0, -127])
    #expect(integers[5] == 63 || integers[5] == 64)
  }

  @Test func gemmAndMatMulScaleColumns() throws {
    let weights = Tensor([Float(1), 10, -127, 5], shape: [2, 2])
    for op: any WeightQuantizable in [Gemm(), MatMul()] {
      #expect(try quantized(op, weights).scales == [1, 10.0 / 127])
    }
    #expect(try quantized(Gemm(), weights, isPerChannel: false).scales == [1])
  }

  @Test(arguments: [true, false]) func errorIsAtMostHalfAStepAndZeroIsExact(isPerChannel: Bool) throws {
    var random = RandomSource(seed: 4)
    var values = Tensor.normal([6, 5, 3, 3], from: &random).floats
    values[7] = 0
    let op = Convolution(window: SpatialWindow(kernel: [3, 3]))
    let result = try quantized(op, Tensor(values, shape: [6, 5, 3, 3]), isPerChannel: isPerChannel)
    for (index, integer) in result.integers.array(of: Int8.self).enumerated() {
      let scale = result.scales[isPerChannel ? index / 45 : 0]
      // One rounding of the quotient and one of the product, beside half a step.
      #expect(abs(Float(integer) * scale - values[index]) <= scale * 0.5001)
      #expect(integer >= -127)
    }
    #expect(result.integers.array(of: Int8.self)[7] == 0)
    #expect(try #require(result.signalToNoise) > 35)
  }

  @Test func biasIsInUnitsOfInputTimesWeight() throws {
    let weights = Tensor([Float(127), 254], shape: [2, 1])
    let result = try quantized(Gemm(transposeB: true), weights, bias: Tensor([Float(3), -7]), inputScale: 0.5)
    #expect(result.biasScales == [0.5, 1])
    #expect(result.bias?.array(of: Int32.self) == [6, -7])
  }

  @Test func largeBiasWidensItsChannelsScale() throws {
    let weights = Tensor([Float(1e-9), 1], shape: [2, 1])
    let result = try quantized(Gemm(transposeB: true), weights, bias: Tensor([Float(1000), 1]), inputScale: 0.01)
    let bias = try #require(result.bias).array(of: Int32.self)
    #expect(abs(Double(bias[0]) * Double(result.biasScales[0]) - 1000) < 1e-3)
    #expect(abs(bias[0]) <= 1 << 30)
    #expect(result.scales[1] == 1.0 / 127)
  }

  @Test func channelOfZerosKeepsItsBias() throws {
    let result = try quantized(
      Gemm(transposeB: true), Tensor(zeros: [2, 3]), bias: Tensor([Float(0.3), 0]), inputScale: 0.01)
    let bias = try #require(result.bias).array(of: Int32.self)
    #expect(abs(Float(bias[0]) * result.biasScales[0] - 0.3) < 1e-6)
    #expect(result.integers.array(of: Int8.self).allSatisfy { $0 == 0 })
  }

  @Test func correctionTakesMeanErrorOut() throws {
    // Steps of 1: 0.25 is rounded to 0, so that an input of mean 8 loses 2 on average.
    let weights = Tensor([Float(127), 0.25], shape: [1, 2])
    let result = try quantized(Gemm(transposeB: true), weights, bias: Tensor([Float(1)]), means: [3, 8])
    #expect(result.bias?.array(of: Int32.self) == [3])
  }

  @Test func depthwiseWeightsMeetTheirOwnChannel() {
    let depthwise = Convolution(window: SpatialWindow(kernel: [1, 1]), groups: 3)
    #expect(depthwise.inputChannels(weights: [3, 1, 1, 1]) == [0, 1, 2])
    let grouped = Convolution(window: SpatialWindow(kernel: [1, 1]), groups: 2)
    #expect(grouped.inputChannels(weights: [2, 2, 1, 1]) == [0, 1, 2, 3])
    #expect(Gemm().inputChannels(weights: [2, 2]) == [0, 0, 1, 1])
  }

  @Test func weightsMustBeFinite() {
    #expect(throws: PareError.self) { try quantized(Gemm(), Tensor([Float.nan], shape: [1, 1])) }
  }
}
