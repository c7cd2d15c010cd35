import CKernels
import Testing

/// Transposition, and channels last and back.
extension KernelTests {
  /// Two images with their channels last.
  private func interleaved<Element>(_ x: [Element], channels: Int, pixels: Int) -> [Element] {
    x.indices.map { i in
      x[i / (channels * pixels) * channels * pixels + i % channels * pixels + i / channels % pixels]
    }
  }

  @Test(arguments: KernelCase.all, [3, 8, 37])
  func layout(_ test: KernelCase, channels: Int) {
    test.select()
    let pixels = test.size
    let x = values(2 * channels * pixels, seed: 9)
    var (y, back) = (x, x)
    pk_nchw_to_nhwc(2, Int64(channels), Int64(pixels), x, &y)
    #expect(y == interleaved(x, channels: channels, pixels: pixels))
    pk_nhwc_to_nchw(2, Int64(channels), Int64(pixels), y, &back)
    #expect(back == x)
  }

  @Test(arguments: KernelCase.all, [3, 8])
  func layoutOfBytes(_ test: KernelCase, channels: Int) {
    test.select()
    let pixels = test.size
    let x = (0..<2 * channels * pixels).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 / 256) }
    var (y, back) = (x, x)
    pk_nchw_to_nhwc_u8(2, Int64(channels), Int64(pixels), x, &y)
    #expect(y == interleaved(x, channels: channels, pixels: pixels))
    pk_nhwc_to_nchw_u8(2, Int64(channels), Int64(pixels), y, &back)
    #expect(back == x)
  }

  @Test(arguments: KernelCase.all, [1, 2, 4, 8])
  func transposition(_ test: KernelCase, elementSize: Int) {
    test.select()
    let dims = [3, test.size, 2, 5]
    let order = [2, 3, 0, 1]
    let count = dims.reduce(1, *)
    let source: [UInt8] = (0..<count * elementSize).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 / 256) }
    let strides = [test.size * 10, 10, 5, 1]
    let moved = order.map { dims[$0] }
    var target = [UInt8](repeating: 0, count: source.count)
    let dense = [moved[1] * moved[2] * moved[3], moved[2] * moved[3], moved[3], 1]
    pk_copy_strided(
      4, moved.map { Int64($0) }, order.map { Int64(strides[$0]) }, dense.map { Int64($0) }, Int32(elementSize), source,
      &target)
    var isRight = true
    for i in 0..<count {
      let index: [Int] = [i / dense[0], i / dense[1] % moved[1], i / dense[2] % moved[2], i % moved[3]]
      var from = 0
      for axis in 0..<4 { from += index[axis] * strides[order[axis]] }
      for byte in 0..<elementSize {
        isRight = isRight && target[i * elementSize + byte] == source[from * elementSize + byte]
      }
    }
    #expect(isRight)
  }

  /// Channels of every group in turn, by the element.
  @Test(arguments: KernelCase.all, [[1, 5], [2, 7], [2, 40], [37, 2], [3, 20], [4, 33], [35, 4], [6, 6]])
  func deal(_ test: KernelCase, _ split: [Int]) {
    test.select()
    let (rows, groups, width) = (3, split[0], split[1])
    let size = groups * width
    func dealt<Element: FixedWidthInteger>(_: Element.Type) -> Bool {
      let x = (0..<rows * size).map { Element(truncatingIfNeeded: $0 * 31 + $0 / 256) }
      var y = [Element](repeating: 0, count: x.count)
      pk_deal(Int64(rows), Int64(groups), Int64(width), Int32(MemoryLayout<Element>.size), x, &y)
      return (0..<rows * size).allSatisfy { at in
        let (row, i, g) = (at / size, at % size / groups, at % groups)
        return y[at] == x[row * size + g * width + i]
      }
    }
    #expect(dealt(UInt8.self) && dealt(UInt16.self) && dealt(UInt32.self) && dealt(UInt64.self))
  }
}
