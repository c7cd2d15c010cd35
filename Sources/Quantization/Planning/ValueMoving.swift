import Graphs

/// An operator whose result consists of values of its input (and zeros): it runs on the integers themselves, so that
/// nothing is rounded a second time and inputs and output share one scale.
protocol ValueMoving: Operator {
  /// Whether this form only moves values.
  var onlyMoves: Bool { get }
  /// Whether all inputs are moved; otherwise the first.
  var movesAllInputs: Bool { get }
}

extension ValueMoving {
  var onlyMoves: Bool { true }
  var movesAllInputs: Bool { false }
}

extension Slice: ValueMoving {}
extension Reshape: ValueMoving {}
extension Flatten: ValueMoving {}
extension Squeeze: ValueMoving {}
extension Unsqueeze: ValueMoving {}
extension Transpose: ValueMoving {}
extension Gather: ValueMoving {}
extension Identity: ValueMoving {}
// Padding of the window never wins, in integers either.
extension MaxPool: ValueMoving {}

extension Pad: ValueMoving {
  // 0 is 0 in integers too; other constants are not.
  var onlyMoves: Bool { mode != .constant || value == nil }
}

extension Concat: ValueMoving {
  var movesAllInputs: Bool { true }
}

extension Node {
  /// The inputs whose values the node only moves; nil where it computes.
  var movedInputs: [String]? {
    guard let op = op as? any ValueMoving, op.onlyMoves else { return nil }
    return op.movesAllInputs ? inputs : Array(inputs.prefix(1))
  }
}
