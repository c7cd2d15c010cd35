import Graphs
import Tensors

/// A node between the dequantization of its inputs and the quantization of its result, as `IntegerForm` sees it.
struct IntegerRegion {
  /// What is known of an input.
  enum Input {
    /// Dequantized integers.
    case dequantized(Dequantized)
    /// A parameter that is no dequantization.
    case constant(Tensor)
    /// Numbers that are computed otherwise.
    case numbers
    /// Nothing.
    case absent
  }

  /// The node.
  let node: Node
  /// Its inputs.
  let inputs: [Input]
  /// The rank of its first input; nil where unknown.
  let rank: Int?
  /// The activation behind the node.
  let activation: FusedActivation
  /// The format of the result; nil for a result in numbers.
  let output: IntegerFormat?

  /// What is known of an input; `absent` where there is none.
  subscript(index: Int) -> Input { index < inputs.count ? inputs[index] : .absent }

  /// The integers of an input and their format, where they are 8-bit integers of one scale that kernels can compute with.
  func activation(at index: Int) -> (name: String, format: IntegerFormat)? {
    guard case .dequantized(let value) = self[index], let format = value.format, format.isOrdinary else { return nil }
    return (value.integers, format)
  }

  /// The constant 8-bit weights at an input, whose outputs lie along an axis.
  func weights(at index: Int, outputAxis: Int) -> IntegerWeights? {
    guard case .dequantized(let value) = self[index] else { return nil }
    return value.weights(outputAxis: outputAxis)
  }

  /// The numbers of a constant input, dequantized where they are integers.
  func numbers(at index: Int) -> Tensor? {
    switch self[index] {
    case .constant(let tensor): return tensor.dataType == .float32 ? tensor : nil
    case .dequantized(let value):
      guard let integers = value.constant, value.scales.count == 1 || integers.shape.rank == 1 else { return nil }
      let numbers = integers.doubles.enumerated().map { position, integer in
        let zeroPoint = value.zeroPoints[value.zeroPoints.count == 1 ? 0 : position]
        return (integer - Double(zeroPoint)) * Double(value.scales[value.scales.count == 1 ? 0 : position])
      }
      return Tensor(doubles: numbers, shape: integers.shape, dataType: .float32)
    case .numbers, .absent: return nil
    }
  }

  /// Whether an input is absent.
  func isAbsent(_ index: Int) -> Bool {
    if case .absent = self[index] { true } else { false }
  }
}

/// What a region amounts to: one operator on integers.
struct IntegerNode {
  /// The operator.
  var op: any Operator
  /// The values and parameters that it reads.
  var inputs: [String]
}

/// An operator that can run on integers.
protocol IntegerForm: Operator {
  /// The operator on integers; nil where this form of it runs on numbers between DequantizeLinear and QuantizeLinear.
  /// Constants and nodes that it needs besides go to the writer.
  func integerNode(for region: IntegerRegion, writer: inout IntegerWriter) throws -> IntegerNode?
}
