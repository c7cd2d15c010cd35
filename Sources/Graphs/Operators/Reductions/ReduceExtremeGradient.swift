import Tensors

/// The gradient of `ReduceMax` and `ReduceMin`: inputs dy, x and y; each dy is shared evenly by the elements that equal
/// their y (as PyTorch's amax) or, where y is NaN, by those that are NaN.
public struct ReduceExtremeGradient: Operator {
  /// The operation's name.
  public static let kind = "ReduceExtremeGradient"
  /// The axes.
  public let reduction: Reduction

  /// Makes the operator.
  public init(reduction: Reduction) { self.reduction = reduction }

  /// The type of x.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [inputs[1]!.type] }

  /// dy / number of winners at the winners, 0 elsewhere.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (dy, x, y) = (inputs[0]!.doubles, inputs[1]!, inputs[2]!.doubles)
    let (places, kept) = try reduction.places(in: x.shape)
    let values = x.doubles
    let wins = zip(values, places).map { value, place in value == y[place] || value.isNaN }
    var counts = [Double](repeating: 0, count: kept.count)
    for (isWinner, place) in zip(wins, places) where isWinner { counts[place] += 1 }
    let dx = zip(wins, places).map { isWinner, place in isWinner ? dy[place] / counts[place] : 0 }
    return [Tensor(doubles: dx, shape: x.shape, dataType: inputs[0]!.dataType)]
  }
}
