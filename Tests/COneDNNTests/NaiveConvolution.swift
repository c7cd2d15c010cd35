import COneDNN
import Testing

/// A convolution's shape, and its definition as plain loops in double precision.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  var name: String
  var n = 2
  var c: Int
  var h = 9
  var w = 7
  var o: Int
  var kernel = (h: 3, w: 3)
  var groups = 1
  var stride = (h: 1, w: 1)
  var dilation = (h: 1, w: 1)
  var pads = (top: 1, left: 1, bottom: 1, right: 1)

  var testDescription: String { name }
  var oh: Int { (h + pads.top + pads.bottom - dilation.h * (kernel.h - 1) - 1) / stride.h + 1 }
  var ow: Int { (w + pads.left + pads.right - dilation.w * (kernel.w - 1) - 1) / stride.w + 1 }
  var sourceShape: [Int] { [n, c, h, w] }
  var resultShape: [Int] { [n, o, oh, ow] }
  var weightShape: [Int] { [o, c / groups, kernel.h, kernel.w] }

  func spec(_ direction: pdnn_direction, layout: pdnn_layout, type: pdnn_type = PDNN_F32) -> pdnn_conv_spec {
    var s = pdnn_conv_spec()
    s.direction = direction
    s.algorithm = PDNN_ALGO_DIRECT
    (s.n, s.c, s.h, s.w) = (Int64(n), Int64(c), Int64(h), Int64(w))
    (s.o, s.oh, s.ow) = (Int64(o), Int64(oh), Int64(ow))
    (s.kh, s.kw, s.groups) = (Int64(kernel.h), Int64(kernel.w), Int64(groups))
    (s.stride_h, s.stride_w) = (Int64(stride.h), Int64(stride.w))
    (s.dilation_h, s.dilation_w) = (Int64(dilation.h), Int64(dilation.w))
    (s.pad_top, s.pad_left) = (Int64(pads.top), Int64(pads.left))
    (s.pad_bottom, s.pad_right) = (Int64(pads.bottom), Int64(pads.right))
    (s.src_type, s.weights_type, s.dst_type) = (type, type, type)
    (s.src_layout, s.dst_layout) = (layout, layout)
    return s
  }

  /// Calls `body` with the row-major indices of each (source, weight, result) product.
  private func forEachProduct(_ body: (Int, Int, Int) -> Void) {
    let (cg, og) = (c / groups, o / groups)
    for image in 0..<n {
      for out in 0..<o {
        for y in 0..<oh {
          for x in 0..<ow {
            let result = ((image * o + out) * oh + y) * ow + x
            for channel in 0..<cg {
              for ky in 0..<kernel.h {
                for kx in 0..<kernel.w {
                  let sy = y * stride.h - pads.top + ky * dilation.h
                  let sx = x * stride.w - pads.left + kx * dilation.w
                  guard (0..<h).contains(sy), (0..<w).contains(sx) else { continue }
                  let source = ((image * c + out / og * cg + channel) * h + sy) * w + sx
                  let weight = ((out * cg + channel) * kernel.h + ky) * kernel.w + kx
                  body(source, weight, result)
                }
              }
            }
          }
        }
      }
    }
  }

  func forward(_ source: [Float], _ weights: [Float]) -> [Double] {
    var result = [Double](repeating: 0, count: resultShape.reduce(1, *))
    forEachProduct { s, k, r in result[r] += Double(source[s]) * Double(weights[k]) }
    return result
  }

  func backwardData(_ gradient: [Float], _ weights: [Float]) -> [Double] {
    var result = [Double](repeating: 0, count: sourceShape.reduce(1, *))
    forEachProduct { s, k, r in result[s] += Double(gradient[r]) * Double(weights[k]) }
    return result
  }

  func backwardWeights(_ source: [Float], _ gradient: [Float]) -> [Double] {
    var result = [Double](repeating: 0, count: weightShape.reduce(1, *))
    forEachProduct { s, k, r in result[k] += Double(source[s]) * Double(gradient[r]) }
    return result
  }

  /// The output channel of each element of the result.
  var channels: [Int] { (0..<resultShape.reduce(1, *)).map { $0 / (oh * ow) % o } }

  static let all: [ConvolutionCase] = [
    .init(name: "3x3", c: 16, o: 32),
    .init(name: "1x1", c: 32, o: 16, kernel: (1, 1), pads: (0, 0, 0, 0)),
    .init(name: "1x1 strided", c: 16, o: 32, kernel: (1, 1), stride: (2, 2), pads: (0, 0, 0, 0)),
    .init(name: "first layer, 3 channels", c: 3, o: 16, kernel: (5, 5), stride: (2, 2), pads: (2, 2, 2, 2)),
    .init(name: "odd channels", c: 13, o: 7),
    .init(name: "strided", c: 16, o: 16, stride: (2, 1)),
    .init(name: "dilated", c: 8, o: 24, dilation: (2, 2), pads: (2, 2, 2, 2)),
    .init(name: "asymmetric pads", c: 16, o: 16, stride: (2, 2), pads: (0, 1, 1, 0)),
    .init(name: "two groups", c: 32, o: 32, groups: 2),
    .init(name: "odd groups", c: 15, o: 9, groups: 3),
    .init(name: "depthwise", c: 32, o: 32, groups: 32),
    .init(name: "depthwise, odd channels, strided", c: 19, o: 19, groups: 19, stride: (2, 2)),
    .init(name: "depthwise with a multiplier", c: 8, o: 16, groups: 8),
    .init(name: "one dimension", c: 16, h: 1, o: 16, kernel: (1, 3), pads: (0, 1, 0, 1)),
  ]
}
