import CKernels
import COneDNN
import Graphs
import Tensors

/// When a 3x3 convolution runs by Winograd's algorithm (Lavin and Gray 2016) in place of oneDNN's direct form: a quarter or
/// less than half of the multiplications, with results that differ by some 1e-6 of the largest.
enum WinogradChoice: String, CaseIterable {
  /// Tiles of 2x2 results, from transformed weights not twice as large.
  case small = "winograd:2x2"
  /// Tiles of 4x4 results, with a quarter of the multiplications, from transformed weights four times as large.
  case large = "winograd"

  /// Fewest channels on either side, so that vectors are full and products outweigh the tiles' transforms.
  private static let fewestInputs = 12
  private static let fewestOutputs = 8
  /// Fewest tiles: with fewer, the transformed weights are read for too little. A measurement of the layer alone, which
  /// finds them in the cache, would not show that.
  private static let fewestTiles = 16
  /// How many results of the tiles may lie outside the image, as a factor.
  private static let mostWaste = 1.6
  /// Bytes of weights transformed for large tiles from which on few large tiles are worse than many small ones, which
  /// read less.
  private static let largeWeights = 4 << 20
  /// How many large tiles are few.
  private static let fewTiles: Int64 = 64

  /// Results along a tile's side.
  private var tile: Int64 { self == .small ? 2 : 4 }
  /// The most bytes of transformed weights.
  private var mostWeightBytes: Int { self == .small ? 20 << 20 : 12 << 20 }

  /// The window where the algorithm applies to this convolution, in float32; nil elsewhere.
  private func window(_ request: KernelRequest, _ spec: pdnn_conv_spec) -> pk_winograd_window? {
    guard !request.options.isExact, spec.kh == 3, spec.kw == 3, spec.stride_h == 1, spec.stride_w == 1,
      spec.dilation_h <= 1, spec.dilation_w <= 1, spec.groups == 1, spec.pad_top <= 2, spec.pad_left <= 2,
      spec.pad_bottom <= 2, spec.pad_right <= 2, tiles(of: spec) >= Self.fewestTiles,
      weightBytes(spec) <= mostWeightBytes
    else { return nil }
    return pk_winograd_window(
      n: spec.n, h: spec.h, w: spec.w, c: spec.c, oh: spec.oh, ow: spec.ow, o: spec.o, pad_top: spec.pad_top,
      pad_left: spec.pad_left, tile: tile)
  }

  /// Whether it pays, by a rule that was found on one machine.
  private func pays(_ spec: pdnn_conv_spec) -> Bool {
    let waste = Double(tile * tile * tiles(of: spec)) / Double(spec.n * spec.oh * spec.ow)
    guard Int(spec.c) >= Self.fewestInputs, Int(spec.o) >= Self.fewestOutputs, waste <= Self.mostWaste else {
      return false
    }
    return self == .large
      || Self.large.weightBytes(spec) > Self.largeWeights && Self.large.tiles(of: spec) <= Self.fewTiles
  }

  private func tiles(of spec: pdnn_conv_spec) -> Int64 {
    spec.n * ((spec.oh + tile - 1) / tile) * ((spec.ow + tile - 1) / tile)
  }

  /// Of the convolution or its gradient by the input, whichever are more.
  private func weightBytes(_ spec: pdnn_conv_spec) -> Int {
    max(pk_winograd_weight_bytes(tile, spec.c, spec.o), pk_winograd_weight_bytes(tile, spec.o, spec.c))
  }

  /// The forms for a layer in which the algorithm applies.
  static func forms(
    _ request: KernelRequest, _ spec: pdnn_conv_spec, _ plan: @escaping (pk_winograd_window) throws -> KernelPlan
  ) -> [LayerForm] {
    allCases.compactMap { choice in
      choice.window(request, spec).map { window in
        LayerForm(name: choice.rawValue, isRule: choice.pays(spec)) { try plan(window) }
      }
    }
  }

  /// The form for the gradient by the weights, which has large tiles only.
  static func weightGradientForm(_ request: KernelRequest, _ spec: pdnn_conv_spec) -> [LayerForm] {
    large.window(request, spec).map { window in
      [LayerForm(name: large.rawValue, isRule: large.pays(spec)) { WinogradWeightGradientKernel.plan(window) }]
    } ?? []
  }

  /// The choice that made a window; its name is that of the implementation for `profile`.
  init(_ window: pk_winograd_window) { self = window.tile == 2 ? .small : .large }
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
      implementation: WinogradChoice(window).rawValue
    ) { [window] in
      let weights = PackedWeights(
        byteCount: pk_winograd_weight_bytes(window.tile, window.c, window.o), parameters: request.parameters,
        isParameter: isParameter
      ) {
        pk_winograd_pack(
          window.tile, window.c, window.o, $0.assumingMemoryBound(to: Float.self),
          $1.assumingMemoryBound(to: Float.self))
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
      pad_top: 2 - forward.pad_top, pad_left: 2 - forward.pad_left, tile: forward.tile)
    let isParameter = request.parameterNames[1] != nil
    return KernelPlan(
      inputLayouts: [.channelsLast, .plain], outputLayouts: [.channelsLast], scratchBytes: pk_winograd_scratch(&window),
      implementation: WinogradChoice(window).rawValue
    ) { [window] in
      let weights = PackedWeights(
        byteCount: pk_winograd_weight_bytes(window.tile, window.c, window.o), parameters: request.parameters,
        isParameter: isParameter
      ) {
        pk_winograd_pack_turned(
          forward.tile, forward.c, forward.o, $0.assumingMemoryBound(to: Float.self),
          $1.assumingMemoryBound(to: Float.self))
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
      scratchBytes: pk_winograd_gradient_scratch(&window), implementation: WinogradChoice(window).rawValue
    ) { [window] in
      var window = window
      return ClosureKernel {
        pk_winograd_weight_gradient(&window, $0.input(1), $0.input(0), $0.output(), $0.scratch)
      }
    }
  }
}
