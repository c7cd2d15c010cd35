import Graphs

/// An operator of whose result it can be said that it is never negative.
protocol SignKeeping: Operator {
  /// Whether no result is negative, given which inputs are not.
  func isNonNegative(_ inputs: [Bool]) -> Bool
}

extension SignKeeping {
  // Sums, products and means of what is not negative.
  func isNonNegative(_ inputs: [Bool]) -> Bool { inputs.allSatisfy { $0 } }
}

extension Add: SignKeeping {}
extension Mul: SignKeeping {}
extension AveragePool: SignKeeping {}
extension GlobalAveragePool: SignKeeping {}

extension Relu: SignKeeping { func isNonNegative(_ inputs: [Bool]) -> Bool { true } }
extension Sigmoid: SignKeeping { func isNonNegative(_ inputs: [Bool]) -> Bool { true } }
extension HardSigmoid: SignKeeping { func isNonNegative(_ inputs: [Bool]) -> Bool { true } }
extension Softmax: SignKeeping { func isNonNegative(_ inputs: [Bool]) -> Bool { true } }
extension Exp: SignKeeping { func isNonNegative(_ inputs: [Bool]) -> Bool { true } }
extension Abs: SignKeeping { func isNonNegative(_ inputs: [Bool]) -> Bool { true } }
extension Clip: SignKeeping { func isNonNegative(_ inputs: [Bool]) -> Bool { inputs[0] || minimum ?? -1 >= 0 } }

extension Graph {
  /// The values that are never negative, given the inputs that are not.
  func nonNegativeValues(inputs: Set<String>) -> Set<String> {
    var known = inputs
    for node in nodes {
      let isKnown: Bool
      if let moved = node.movedInputs {
        isKnown = moved.allSatisfy { known.contains($0) }
      } else if let op = node.op as? any SignKeeping {
        isKnown = op.isNonNegative(node.inputs.map { known.contains($0) })
      } else {
        isKnown = false
      }
      if isKnown { known.formUnion(node.outputs) }
    }
    return known
  }
}
