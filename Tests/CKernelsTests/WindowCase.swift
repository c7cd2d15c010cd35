import CKernels
import Testing

/// A convolution's extents.
struct WindowCase: Sendable, CustomTestStringConvertible {
  let name: String
  let window: pk_window
  var testDescription: String { name }

  init(
    _ name: String, n: Int64 = 1, c: Int64, h: Int64, w: Int64, o: Int64, kernel: (Int64, Int64), groups: Int64 = 1,
    stride: Int64 = 1, dilation: Int64 = 1, pad: Int64 = 0, padBehind: Int64? = nil
  ) {
    self.name = name
    let behind = padBehind ?? pad
    func extent(_ size: Int64, _ taps: Int64) -> Int64 {
      (size + pad + behind - dilation * (taps - 1) - 1) / stride + 1
    }
    window = pk_window(
      n: n, c: c, h: h, w: w, o: o, oh: extent(h, kernel.0), ow: extent(w, kernel.1), kh: kernel.0, kw: kernel.1,
      groups: groups, stride_h: stride, stride_w: stride, dilation_h: dilation, dilation_w: dilation, pad_top: pad,
      pad_left: pad)
  }
}
