import CKernels
import COneDNN
import Graphs
import Tensors

extension pdnn_conv_spec {
  /// The specification of a one- or two-dimensional float32 convolution on channels-last tensors; nil for other ranks.
  init?(_ convolution: Convolution, input: Shape, weights: Shape, output: Shape, direction: pdnn_direction) {
    let window = convolution.window
    guard window.rank == 1 || window.rank == 2, input.count > 0, output.count > 0 else { return nil }
    self.init()
    let pads = window.resolvedPads(input: Array(input.dimensions[2...]))
    let isFlat = window.rank == 1
    func first<T: BinaryInteger>(_ list: [T], _ neutral: T) -> Int64 { isFlat ? Int64(neutral) : Int64(list[0]) }
    func last<T: BinaryInteger>(_ list: [T]) -> Int64 { Int64(list[list.count - 1]) }
    self.direction = direction
    algorithm = PDNN_ALGO_DIRECT
    n = Int64(input[0])
    c = Int64(input[1])
    o = Int64(weights[0])
    h = first(Array(input.dimensions[2...]), 1)
    w = last(input.dimensions)
    oh = first(Array(output.dimensions[2...]), 1)
    ow = last(output.dimensions)
    kh = first(window.kernel, 1)
    kw = last(window.kernel)
    groups = Int64(convolution.groups)
    stride_h = first(window.strides, 1)
    stride_w = last(window.strides)
    dilation_h = first(window.dilations, 1)
    dilation_w = last(window.dilations)
    pad_top = isFlat ? 0 : Int64(pads[0])
    pad_left = Int64(pads[isFlat ? 0 : 1])
    pad_bottom = isFlat ? 0 : Int64(pads[2])
    pad_right = Int64(pads[isFlat ? 1 : 3])
    src_type = PDNN_F32
    weights_type = PDNN_F32
    dst_type = PDNN_F32
    residual_type = PDNN_F32
    src_layout = PDNN_CHANNELS_LAST
    dst_layout = PDNN_CHANNELS_LAST
    activation = PDNN_ACT_NONE
    src_scale = 1
    dst_scale = 1
    residual_scale = 1
  }
}

extension pdnn_conv_spec {
  /// What is computed, as a key of tuning files; what is fused with it is left out.
  var key: String {
    "\(n)x\(c)x\(h)x\(w) to \(o)x\(oh)x\(ow), kernel \(kh)x\(kw), stride \(stride_h)x\(stride_w), "
      + "pads \(pad_top) \(pad_left), dilation \(dilation_h)x\(dilation_w), groups \(groups)"
  }
}

extension pk_window {
  /// The window of a convolution, as Pare's own kernels want it.
  init(_ spec: pdnn_conv_spec) {
    self.init(
      n: spec.n, c: spec.c, h: spec.h, w: spec.w, o: spec.o, oh: spec.oh, ow: spec.ow, kh: spec.kh, kw: spec.kw,
      groups: spec.groups, stride_h: spec.stride_h, stride_w: spec.stride_w, dilation_h: spec.dilation_h,
      dilation_w: spec.dilation_w, pad_top: spec.pad_top, pad_left: spec.pad_left)
  }
}

/// Weights in a kernel's own layout, packed anew when the parameters have changed.
final class PackedWeights {
  private let pack: (_ plain: UnsafeMutableRawPointer, _ packed: UnsafeMutableRawPointer) throws -> Void
  private let memory: AlignedMemory?
  private let parameters: ParameterTable
  /// Whether the weights are a parameter: otherwise they are packed at every run.
  private let isParameter: Bool
  private var version = 0

  /// - Parameter byteCount: the size of the packed weights; nil where they are used as they are.
  init(
    byteCount: Int?, parameters: ParameterTable, isParameter: Bool,
    pack: @escaping (_ plain: UnsafeMutableRawPointer, _ packed: UnsafeMutableRawPointer) throws -> Void
  ) {
    self.pack = pack
    self.parameters = parameters
    self.isParameter = isParameter
    memory = byteCount.map { AlignedMemory(byteCount: $0) }
  }

  /// Weights in a primitive's layout.
  convenience init(_ operation: OneDNNOperation, parameters: ParameterTable, isParameter: Bool) {
    let byteCount = operation.weightsArePlain ? nil : operation.weightBytes
    self.init(byteCount: byteCount, parameters: parameters, isParameter: isParameter) {
      try OneDNNOperation.check(pdnn_pack_weights(operation.handle, $0, $1), "packing weights")
    }
  }

  /// Forgets what was packed.
  func invalidate() { version = 0 }

  /// The address to hand to the kernel.
  func current(_ plain: UnsafeMutableRawPointer) throws -> UnsafeMutableRawPointer {
    guard let memory else { return plain }
    if !isParameter || version != parameters.version {
      try pack(plain, memory.base)
      version = parameters.version
    }
    return memory.base
  }
}
