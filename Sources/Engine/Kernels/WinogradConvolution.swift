import CKernels
import COneDNN
import Graphs
import Tensors

/// When a 3x3 convolution runs by Winograd's algorithm (Lavin and Gray 2016) in place of oneDNN's direct form: a quarter of
/// the multiplications, with results that differ by some 1e-6 of the largest.
enum WinogradChoice {
  /// Fewest channels on either side, so that vectors are full and products outweigh the tiles' transforms.
  private static let fewestInputs = 12
  private static let fewestOutputs = 8
  /// Fewest tiles of 4x4 results: with fewer, the transformed weights, four times as large, are read for too little. A
  /// measurement of the layer alone, which finds them in the cache, would not show that.
  private static let fewestTiles = 16
  /// The most bytes of transformed weights.
  private static let mostWeightBytes = 12 << 20
  /// How many results of the tiles may lie outside the image, as a factor.
  private static let mostWaste = 1.6

  /// The window where the algorithm applies to this convolution, in float32; nil elsewhere.
  static func window(_ request: KernelRequest, _ spec: pdnn_conv_spec) -> pk_winograd_window? {
    guard !request.options.isExact, spec.kh == 3, spec.kw == 3, spec.stride_h == 1, spec.stride_w == 1,
      spec.dilation_h <= 1, spec.dilation_w <= 1, spec.groups == 1, spec.pad_top <= 2, spec.pad_left <= 2,
      spec.pad_bottom <= 2, spec.pad_right <= 2, tiles(of: spec) >= fewestTiles,
      max(pk_winograd_weight_bytes(spec.c, spec.o), pk_winograd_weight_bytes(spec.o, spec.c)) <= mostWeightBytes
    else { return nil }
    return pk_winograd_window(
      n: spec.n, h: spec.h, w: spec.w, c: spec.c, oh: spec.oh, ow: spec.ow, o: spec.o, pad_top: spec.pad_top,
      pad_left: spec.pad_left)
  }

  /// Whether it pays, by a rule that was found on one machine.
  static func pays(_ spec: pdnn_conv_spec) -> Bool {
    let waste = Double(16 * tiles(of: spec)) / Double(spec.n * spec.oh * spec.ow)
    return Int(spec.c) >= fewestInputs && Int(spec.o) >= fewestOutputs && waste <= mostWaste
  }

  private static func tiles(of spec: pdnn_conv_spec) -> Int64 { spec.n * ((spec.oh + 3) / 4) * ((spec.ow + 3) / 4) }

  /// The form for a layer in which the algorithm applies.
  static func form(
    _ request: KernelRequest, _ spec: pdnn_conv_spec, _ plan: @escaping (pk_winograd_window) throws -> KernelPlan
  ) -> [LayerForm] {
    window(request, spec).map { window in
      [LayerForm(name: implementation, isRule: pays(spec)) { try plan(window) }]
    } ?? []
  }

  /// The implementation's name for `profile`.
  static let implementation = "winograd"
}

/// A convolution by Winograd's algorithm, channels last. Inputs: x, weights, bias and residual (or absent).
final class WinogradConvolutionKernel: Kernel {
  static func plan(
    _ request: KernelRequest, _ window: pk_winograd_window, activation: FusedActivation, hasResidual: Bool
  ) -> KernelPlan {
    var window = window
    let isParameter = request.parameterNames[1] != nil
    var plan = KernelPlan(
      inputLayouts: [.channelsLast, .plain, .plain, .channelsLast].prefix(request.inputs.count).map { $0 },
      outputLayouts: [.channelsLast], scratchBytes: pk_winograd_scratch(&window),
      implementation: WinogradChoice.implementation
    ) { [window] in
      let weights = PackedWeights(
        byteCount: pk_winograd_weight_bytes(window.c, window.o), parameters: request.parameters,
        isParameter: isParameter
      ) {
        pk_winograd_pack(
          window.c, window.o, $0.assumingMemoryBound(to: Float.self), $1.assumingMemoryBound(to: Float.self))
      }
      return WinogradConvolutionKernel(window, weights, activation)
    }
    if hasResidual { plan.inPlace = [(0, 3)] }
    return plan
  }

  private var window: pk_winograd_window
  private let weights: PackedWeights
  private var activation: pk_activation
  private var operands: Operands?

  fileprivate init(_ window: pk_winograd_window, _ weights: PackedWeights, _ activation: FusedActivation) {
    self.window = window
    self.weights = weights
    self.activation = pk_activation(activation)
  }

  func bind(_ operands: Operands) {
    if operands.inputs[1] != self.operands?.inputs[1] { weights.invalidate() }
    self.operands = operands
  }

  func run() throws {
    let operands = operands!
    func floats(_ index: Int) -> UnsafeMutablePointer<Float>? {
      index < operands.inputs.count && operands.inputs[index] != nil ? operands.input(index) : nil
    }
    let packed = try weights.current(operands.inputs[1]!).assumingMemoryBound(to: Float.self)
    pk_winograd_run(
      &window, operands.input(0), packed, floats(2), floats(3), &activation, operands.output(), operands.scratch)
  }
}

/// The gradient by the input, likewise: a convolution of dy with each kernel turned by half a turn.
enum WinogradInputGradientKernel {
  static func plan(_ request: KernelRequest, _ forward: pk_winograd_window) -> KernelPlan {
    var window = pk_winograd_window(
      n: forward.n, h: forward.oh, w: forward.ow, c: forward.o, oh: forward.h, ow: forward.w, o: forward.c,
      pad_top: 2 - forward.pad_top, pad_left: 2 - forward.pad_left)
    let isParameter = request.parameterNames[1] != nil
    return KernelPlan(
      inputLayouts: [.channelsLast, .plain], outputLayouts: [.channelsLast], scratchBytes: pk_winograd_scratch(&window),
      implementation: WinogradChoice.implementation
    ) { [window] in
      let weights = PackedWeights(
        byteCount: pk_winograd_weight_bytes(window.c, window.o), parameters: request.parameters,
        isParameter: isParameter
      ) {
        pk_winograd_pack_turned(
          forward.c, forward.o, $0.assumingMemoryBound(to: Float.self), $1.assumingMemoryBound(to: Float.self))
      }
      return WinogradConvolutionKernel(window, weights, .none)
    }
  }
}

/// The gradient by the weights, likewise; the result is row-major.
enum WinogradWeightGradientKernel {
  static func plan(_ window: pk_winograd_window) -> KernelPlan {
    var window = window
    return KernelPlan(
      inputLayouts: [.channelsLast, .channelsLast], outputLayouts: [.plain],
      scratchBytes: pk_winograd_gradient_scratch(&window), implementation: WinogradChoice.implementation
    ) { [window] in
      var window = window
      return ClosureKernel {
        pk_winograd_weight_gradient(&window, $0.input(1), $0.input(0), $0.output(), $0.scratch)
      }
    }
  }
}
