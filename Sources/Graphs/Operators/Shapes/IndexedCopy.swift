import Tensors

/// Rearrangements of elements given as one list of source indices per axis.
enum IndexedCopy {
  /// The source offset of every element of the result, row-major: `lists[axis][i]` is the source index along an axis,
  /// -1 where the element comes from nowhere (padding), which makes the offset -1.
  static func offsets(_ lists: [[Int]], strides: [Int]) -> [Int] {
    var offsets = [0]
    for (list, stride) in zip(lists, strides) {
      offsets = offsets.flatMap { base in list.map { base < 0 || $0 < 0 ? -1 : base + $0 * stride } }
    }
    return offsets
  }
}

extension Tensor {
  /// The elements at the offsets given, bit by bit; `fill` (a tensor of one element, 0 where nil) where an offset is -1.
  func gathering(_ offsets: [Int], shape: Shape, fill: Tensor? = nil) -> Tensor {
    precondition(offsets.count == shape.count, "\(offsets.count) offsets for shape \(shape)")
    let size = dataType.size
    var result = Tensor(zeros: shape, dataType: dataType)
    let filler = (fill ?? Tensor(zeros: [1])).cast(to: dataType)
    withUnsafeBytes { source in
      filler.withUnsafeBytes { filling in
        result.withUnsafeMutableBytes { target in
          for (position, offset) in offsets.enumerated() {
            let bytes =
              offset < 0
              ? UnsafeRawBufferPointer(rebasing: filling[0..<size])
              : UnsafeRawBufferPointer(rebasing: source[offset * size..<(offset + 1) * size])
            UnsafeMutableRawBufferPointer(rebasing: target[position * size..<(position + 1) * size])
              .copyMemory(from: bytes)
          }
        }
      }
    }
    return result
  }

  /// Zeros of a shape to which this tensor's elements are added at the offsets given, in double precision.
  func scattered(to offsets: [Int], shape: Shape) -> Tensor {
    var result = [Double](repeating: 0, count: shape.count)
    for (value, offset) in zip(doubles, offsets) where offset >= 0 { result[offset] += value }
    return Tensor(doubles: result, shape: shape, dataType: dataType)
  }
}

extension ChannelCoupling {
  /// Couples pairs of axes (input 0, output 0) of equal extent, index by index.
  mutating func tieAxes(_ pairs: [(input: Int, output: Int)], of call: CouplingCall) {
    guard let shape = call.inputShape(0) else { return }
    for (input, output) in pairs {
      tie(call.input(0, axis: input), call.output(axis: output), count: shape[input])
    }
  }
}
