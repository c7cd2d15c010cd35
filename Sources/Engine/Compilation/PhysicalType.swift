import COneDNN
import Graphs
import Tensors

/// In which order a value's elements lie in memory.
package enum Layout: Hashable, Sendable {
  /// Row-major in the logical order (NCHW).
  case plain
  /// Channels (axis 1) fastest: NHWC. For three axes and more.
  case channelsLast
}

/// A value as it lies in memory: logical shape, element type and layout.
package struct PhysicalType: Hashable, Sendable {
  /// The logical extents.
  package var shape: Shape
  /// The element type.
  package var dataType: DataType
  /// The order of the elements.
  package var layout: Layout

  /// The size in bytes.
  package var byteCount: Int { shape.count * dataType.size }

  /// The axes in memory order, slowest first.
  package var axisOrder: [Int] {
    layout == .plain || shape.rank < 3 ? Array(0..<shape.rank) : [0] + Array(2..<shape.rank) + [1]
  }

  /// The extents in memory order.
  package var physicalDimensions: [Int] { axisOrder.map { shape[$0] } }

  /// The distance in elements between neighbours along each logical axis.
  package var strides: [Int] {
    var strides = [Int](repeating: 0, count: shape.rank)
    var step = 1
    for axis in axisOrder.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    return strides
  }

  /// Whether both layouts put the elements of this shape in the same order.
  package static func layoutsCoincide(_ shape: Shape) -> Bool {
    shape.rank < 3 || shape[1] == 1 || shape.dimensions[2...].allSatisfy { $0 == 1 } || shape.count == 0
  }
}
