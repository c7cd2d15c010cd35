import Tensors

/// What ArgMax and ArgMin share: along which axis the place of an extreme is looked for, and which of equal ones counts.
public struct ArgExtreme: Sendable, Hashable {
  /// The axis, counted from the end where negative.
  public var axis: Int
  /// Whether the axis stays with extent 1.
  public var keepDimensions: Bool
  /// Whether the last of equal extremes counts instead of the first.
  public var selectsLast: Bool

  /// Describes a search.
  public init(axis: Int = 0, keepDimensions: Bool = true, selectsLast: Bool = false) {
    self.axis = axis
    self.keepDimensions = keepDimensions
    self.selectsLast = selectsLast
  }

  init(record: NodeRecord) throws {
    try record.allowAttributes("axis", "keepdims", "select_last_index")
    axis = try record.int("axis") ?? 0
    keepDimensions = try record.int("keepdims") ?? 1 == 1
    selectsLast = try record.int("select_last_index") ?? 0 == 1
  }

  func form(_ type: String) -> NodeForm {
    NodeForm(
      type,
      [
        "axis": .int(axis), "keepdims": .int(keepDimensions ? 1 : 0), "select_last_index": .int(selectsLast ? 1 : 0),
      ])
  }

  private func removed<Extent>(_ extents: [Extent], one: Extent) throws -> [Extent] {
    guard !extents.isEmpty else { return [] }
    var extents = extents
    let place = try Shape.normalizedAxis(axis, rank: extents.count)
    if keepDimensions { extents[place] = one } else { extents.remove(at: place) }
    return extents
  }

  func outputType(for input: InputFact) throws -> ValueType {
    ValueType(.int64, try input.type.shape.map { ValueShape(try removed($0.dimensions, one: .fixed(1))) })
  }

  /// The place of the element that none is better than, of equal ones as `selectsLast` says. NaN never counts, but for
  /// place 0 where there is nothing else.
  func places(in x: Tensor, isBetter: (Double, Double) -> Bool) throws -> Tensor {
    let values = x.doubles
    var places: [Int64] = []
    try AxisLines(of: x.shape, axis: axis).forEach { line in
      var best: (place: Int, value: Double)?
      for (place, index) in line.enumerated() where !values[index].isNaN {
        let value = values[index]
        guard let old = best?.value, !isBetter(value, old), !selectsLast || value != old else {
          best = (place, value)
          continue
        }
      }
      places.append(Int64(best?.place ?? 0))
    }
    return Tensor(places, shape: Shape(try removed(x.shape.dimensions, one: 1)))
  }

  /// The other axes pass through; the axis itself blocks, since its places are counted.
  func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    Reduction(axes: [axis], keepDimensions: keepDimensions).couple(call, into: &coupling)
  }
}
