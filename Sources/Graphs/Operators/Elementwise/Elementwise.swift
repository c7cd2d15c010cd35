import Tensors

/// What all elementwise operators on two inputs share.
enum Elementwise {
  /// The broadcast shape with the element type of the inputs, which must agree.
  static func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let (a, b) = (inputs[0]!.type, inputs[1]!.type)
    guard a.dataType == b.dataType else {
      throw PareError(.badInput, "inputs are \(a.dataType.rawValue) and \(b.dataType.rawValue); ONNX wants one type")
    }
    guard let left = a.shape, let right = b.shape else { return [ValueType(a.dataType, nil)] }
    return [ValueType(a.dataType, try Broadcasting.shape(left, right))]
  }

  /// Combines two known lists of dimensions, one of which may be a single element.
  static func symbolicOutput(
    for inputs: [InputFact?], _ combine: (Dimension, Dimension) -> Dimension?
  ) -> [Dimension]? {
    guard let a = inputs[0]?.integerDimensions, let b = inputs[1]?.integerDimensions else { return nil }
    let count = max(a.count, b.count)
    guard a.count == count || a.count == 1, b.count == count || b.count == 1 else { return nil }
    let combined = (0..<count).compactMap { combine(a[a.count == 1 ? 0 : $0], b[b.count == 1 ? 0 : $0]) }
    return combined.count == count ? combined : nil
  }
}
