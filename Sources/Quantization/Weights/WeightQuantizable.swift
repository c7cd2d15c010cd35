import Graphs
import Tensors

/// A layer whose weights (input 1) become 8-bit integers, with an optional bias (input 2) in 32 bits.
protocol WeightQuantizable: Operator {
  /// The axis of the weights that belongs to the outputs.
  var outputAxis: Int { get }
  /// Whether a bias input can be added where there is none.
  var takesBias: Bool { get }
  /// Whether runtimes need the result as integers, too, to run the layer on integers.
  var roundsOutput: Bool { get }
  /// Whether ONNX Runtime runs the layer on integers only where its weights have a zero point, too.
  var wantsZeroPoints: Bool { get }
  /// Why the layer cannot run on integers; nil where it can.
  func obstacle(weights: Shape, bias: Shape?) -> String?
  /// For weights of this shape the input channel that each weight is multiplied with.
  func inputChannels(weights: Shape) -> [Int]
}

extension Convolution: WeightQuantizable {
  var outputAxis: Int { 0 }
  var takesBias: Bool { true }
  var roundsOutput: Bool { true }
  var wantsZeroPoints: Bool { false }

  func obstacle(weights: Shape, bias: Shape?) -> String? { nil }

  func inputChannels(weights: Shape) -> [Int] {
    let kernel = weights.dimensions[2...].reduce(1, *)
    let outputsPerGroup = max(weights[0] / groups, 1)
    return (0..<weights.count).map { index in
      let output = index / (weights[1] * kernel)
      return output / outputsPerGroup * weights[1] + index / kernel % weights[1]
    }
  }
}

extension Gemm: WeightQuantizable {
  var outputAxis: Int { transposeB ? 0 : 1 }
  var takesBias: Bool { true }
  var roundsOutput: Bool { false }
  var wantsZeroPoints: Bool { true }

  func obstacle(weights: Shape, bias: Shape?) -> String? {
    if alpha != 1 || beta != 1 || transposeA { return "alpha, beta or transA is set" }
    if let bias, bias != [weights[outputAxis]] { return "its bias is not one number an output" }
    return nil
  }

  func inputChannels(weights: Shape) -> [Int] {
    (0..<weights.count).map { transposeB ? $0 % weights[1] : $0 / weights[1] }
  }
}

extension MatMul: WeightQuantizable {
  var outputAxis: Int { 1 }
  var takesBias: Bool { false }
  var roundsOutput: Bool { false }
  var wantsZeroPoints: Bool { true }

  func obstacle(weights: Shape, bias: Shape?) -> String? { weights.rank == 2 ? nil : "its weights are no matrix" }

  func inputChannels(weights: Shape) -> [Int] { (0..<weights.count).map { $0 / weights[1] } }
}
