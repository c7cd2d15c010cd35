import Tensors

/// What the operators on integer tensors with scales and zero points share.
enum IntegerOperands {
  /// Where a scale or zero point stands: one for all, or one per index of an axis.
  enum Place {
    /// Axis 0, of a convolution's weights.
    case outputs
    /// The rows of a matrix product's left operand: the last axis but one.
    case rows
    /// The columns of its right operand: the last axis.
    case columns
  }

  /// The integers minus their zero point, as doubles.
  /// - Throws: `PareError.badInput` where the zero point does not fit.
  static func centered(_ x: Tensor, zeroPoint: Tensor?, _ place: Place) throws -> Tensor {
    guard let zeroPoint else { return x.cast(to: .float64) }
    let points = try spread(zeroPoint, over: x.shape, place)
    return Tensor(doubles: zip(x.doubles, points).map { $0 - $1 }, shape: x.shape, dataType: .float64)
  }

  /// One number for every element of a tensor of a given shape.
  /// - Throws: `PareError.badInput` where there are neither one nor as many as the place has.
  static func spread(_ values: Tensor, over shape: Shape, _ place: Place) throws -> [Double] {
    let numbers = values.doubles
    if numbers.count == 1 { return [Double](repeating: numbers[0], count: shape.count) }
    let axis: Int
    switch place {
    case .outputs: axis = 0
    case .rows: axis = shape.rank - 2
    case .columns: axis = shape.rank - 1
    }
    guard axis >= 0, shape.rank > 0 else { throw misfit(values.shape, shape) }
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let extent = shape[axis]
    if values.shape == [extent] { return (0..<shape.count).map { numbers[$0 / inner % extent] } }
    // One number for every row or column of every matrix of a batch.
    var reduced = shape.dimensions
    if shape.rank >= 2 { reduced[place == .rows ? shape.rank - 1 : shape.rank - 2] = 1 }
    guard values.shape == Shape(reduced) else { throw misfit(values.shape, shape) }
    let strides = Broadcasting.strides(of: values.shape, in: shape)
    return Broadcasting.offsets(strides: strides, over: shape).map { numbers[$0] }
  }

  /// round(x) + zero point, halves to even, limited to what the zero point's type holds.
  static func rounded(_ values: [Double], zeroPoint: Double, shape: Shape, dataType: DataType) -> Tensor {
    Tensor(
      doubles: values.map { $0.rounded(.toNearestOrEven) + zeroPoint }, shape: shape, dataType: dataType)
  }

  /// Checks that an operand is of an 8-bit type.
  static func check8Bit(_ fact: InputFact?) throws {
    guard let type = fact?.type.dataType, type != .int8, type != .uint8 else { return }
    throw PareError(.unsupported, "an operand of type \(type.rawValue); int8 and uint8 are run")
  }

  private static func misfit(_ values: Shape, _ shape: Shape) -> PareError {
    PareError(.badInput, "scales or zero points of shape \(values) do not fit an operand of shape \(shape)")
  }
}
