import Tensors

/// An operator whose results consist of values of its input (and constants): it runs on integers that stand for numbers
/// as well as on the numbers, so that nothing is rounded a second time and inputs and outputs share one scale.
package protocol ValueMoving: Operator {
  /// Whether this form only moves values and zeros, so that it reads the same on integers whose zero point is 0.
  var onlyMoves: Bool { get }
  /// Whether all inputs are moved; otherwise the first.
  var movesAllInputs: Bool { get }
  /// The operator on integers of a type, given how a number is written as one; nil where there is none.
  func moving(_ type: DataType, encoding: (Double) -> Int) -> (any Operator)?
}

extension ValueMoving {
  /// Always.
  package var onlyMoves: Bool { true }
  /// Only the first.
  package var movesAllInputs: Bool { false }
  /// The same operator.
  package func moving(_ type: DataType, encoding: (Double) -> Int) -> (any Operator)? { self }
}

extension Slice: ValueMoving {}
extension Reshape: ValueMoving {}
extension Flatten: ValueMoving {}
extension Squeeze: ValueMoving {}
extension Unsqueeze: ValueMoving {}
extension Transpose: ValueMoving {}
extension Gather: ValueMoving {}
extension Identity: ValueMoving {}
extension Dropout: ValueMoving {}
// Padding of the window never wins, in integers either.
extension MaxPool: ValueMoving {}

extension Pad: ValueMoving {
  /// 0 is 0 in integers too; other constants are not.
  package var onlyMoves: Bool { mode != .constant || value == nil }

  /// With the constant written as an integer.
  package func moving(_ type: DataType, encoding: (Double) -> Int) -> (any Operator)? {
    guard mode == .constant else { return self }
    let integer = Double(encoding(value?.doubles[0] ?? 0))
    var result = self
    result.value = Tensor(doubles: [integer], shape: [], dataType: type)
    return result
  }
}

extension Concat: ValueMoving {
  /// All of them.
  package var movesAllInputs: Bool { true }
}

extension Node {
  /// The inputs whose values the node only moves, zeros added; nil where it computes.
  package var movedInputs: [String]? {
    guard let op = op as? any ValueMoving, op.onlyMoves, outputs.count == 1 else { return nil }
    return movedPositions(of: op).map { inputs[$0] }
  }

  /// The positions of the inputs whose values a moving operator moves.
  package func movedPositions(of op: any ValueMoving) -> Range<Int> { op.movesAllInputs ? inputs.indices : 0..<1 }
}
