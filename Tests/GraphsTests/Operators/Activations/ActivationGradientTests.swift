import Graphs
import Tensors
import TestSupport
import Testing

private let x = SampleTensors.distinct([2, 5, 9])

@Suite("Gradients of activations and other functions of one element") struct ActivationGradientTests {
  static let cases = [
    GradientCase("Relu", Relu(), [x]),
    GradientCase("Clip on both sides", Clip(minimum: -1, maximum: 2), [x]),
    GradientCase("Clip below", Clip(minimum: 0, maximum: nil), [x]),
    GradientCase("Clip above", Clip(minimum: nil, maximum: 1), [x]),
    GradientCase("Sigmoid", Sigmoid(), [x]),
    GradientCase("Tanh", Tanh(), [x]),
    GradientCase("HardSigmoid, ONNX's slope", HardSigmoid(), [x]),
    GradientCase("HardSigmoid, MobileNetV3's slope", HardSigmoid(alpha: 1 / 6, beta: 0.5), [x]),
    GradientCase("HardSwish", HardSwish(), [x]),
    GradientCase("LeakyRelu", LeakyRelu(alpha: 0.2), [x]),
    GradientCase("PRelu, one slope a channel", PRelu(), [x, SampleTensors.normal([5, 1])]),
    GradientCase("PRelu, one slope", PRelu(), [x, SampleTensors.normal([1])]),
    GradientCase("PRelu, one slope an element", PRelu(), [x, SampleTensors.normal([2, 5, 9], seed: 2)]),
    GradientCase("Elu", Elu(alpha: 1.3), [x]),
    GradientCase("Selu", Selu(), [x]),
    GradientCase("Celu", Celu(alpha: 0.7), [x]),
    GradientCase("ThresholdedRelu", ThresholdedRelu(alpha: 1), [x]),
    GradientCase("Gelu", Gelu(), [x]),
    GradientCase("Gelu by tanh", Gelu(approximation: .tanh), [x]),
    GradientCase("Softplus", Softplus(), [x]),
    GradientCase("Softsign", Softsign(), [x]),
    GradientCase("Mish", Mish(), [x]),
    GradientCase("Swish", Swish(alpha: 1.7), [x]),
    GradientCase("Erf", Erf(), [SampleTensors.normal([3, 4])]),
    GradientCase("Reciprocal", Reciprocal(), [SampleTensors.positive([3, 4])]),
    GradientCase("Exp", Exp(), [SampleTensors.normal([3, 4])]),
    GradientCase("Log", Log(), [SampleTensors.positive([3, 4])]),
    GradientCase("Sqrt", Sqrt(), [SampleTensors.positive([3, 4])]),
    GradientCase("Neg", Neg(), [x]),
    GradientCase("Abs", Abs(), [x]),
    GradientCase("Identity", Identity(), [x]),
    GradientCase("Softmax, last axis", Softmax(), [SampleTensors.normal([2, 5])]),
    GradientCase("Softmax, axis 1 of 3", Softmax(axis: 1), [SampleTensors.normal([2, 4, 3])]),
    GradientCase("LogSoftmax, last axis", LogSoftmax(), [SampleTensors.normal([2, 5])]),
    GradientCase("LogSoftmax, axis 0", LogSoftmax(axis: 0), [SampleTensors.normal([3, 2, 2])]),
  ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }
}
