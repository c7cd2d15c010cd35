import CKernels
import COneDNN
import Graphs
import Tensors

/// A chain of convolutions in bands of rows, channels last: each thread takes bands of its own through all of it, with
/// oneDNN's operations of one thread.
final class ConvolutionChainKernel: Kernel, KernelProvider {
  static let kind = ConvolutionChain.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let chain = request.node.op as? ConvolutionChain, request.isFloat,
      let layout = try ChainLayout(chain, request)
    else { return nil }
    return KernelPlan(
      inputLayouts: [.channelsLast] + chain.links.flatMap { _ in [.plain, .plain] } + [.channelsLast],
      outputLayouts: [.channelsLast], scratchBytes: layout.scratchBytes,
      implementation: "\(layout.bands.count) bands:\(Engine.instructionSet)"
    ) { ConvolutionChainKernel(layout, request) }
  }

  private let layout: ChainLayout
  private let weights: [[Int: PackedWeights]]
  private var operands: Operands?
  /// The weights of each stage for each number of pixels, in the layout of its operations.
  private var packed: [[Int: UnsafeMutableRawPointer]] = []
  /// The status of each part's last run; every part writes its own.
  private let statuses: UnsafeMutableBufferPointer<Int32>

  private init(_ layout: ChainLayout, _ request: KernelRequest) {
    self.layout = layout
    weights = layout.stages.map { stage in
      stage.operations.mapValues {
        PackedWeights($0[0], parameters: request.parameters, isParameter: request.parameterNames[stage.weights] != nil)
      }
    }
    statuses = .allocate(capacity: layout.parts)
    statuses.initialize(repeating: 0)
  }

  deinit { statuses.deallocate() }

  func bind(_ operands: Operands) {
    for (stage, weights) in zip(layout.stages, weights)
    where operands.inputs[stage.weights] != self.operands?.inputs[stage.weights] {
      for weights in weights.values { weights.invalidate() }
    }
    self.operands = operands
  }

  func run() throws {
    let operands = operands!
    packed = try zip(layout.stages, weights).map { stage, weights in
      try weights.mapValues { try $0.current(operands.inputs[stage.weights]!) }
    }
    pk_parallel_for(
      Int64(layout.parts), 1,
      { context, begin, end in
        let kernel = Unmanaged<ConvolutionChainKernel>.fromOpaque(context!).takeUnretainedValue()
        for part in Int(begin)..<Int(end) { kernel.run(part) }
      }, Unmanaged.passUnretained(self).toOpaque())
    for status in statuses { try OneDNNOperation.check(status, "a convolution of a chain") }
  }

  private func run(_ part: Int) {
    let bands = layout.bands.count, items = layout.images * bands
    statuses[part] = 0
    for item in items * part / layout.parts..<items * (part + 1) / layout.parts where statuses[part] == 0 {
      statuses[part] = run(image: item / bands, band: item % bands, part)
    }
  }

  /// One band from x to y; a status of oneDNN's.
  private func run(image: Int, band: Int, _ part: Int) -> Int32 {
    let operands = operands!, bands = layout.bands, inside = bands.inside(band)
    let rows = operands.scratch + part * layout.partBytes, made = rows + layout.inputBytes
    let x = operands.inputs[0]! + (image * layout.height + inside.lowerBound) * layout.xRowBytes
    let y = operands.outputs[0]! + (image * bands.count + band) * layout.yBandBytes
    // What the depthwise convolution reads: rows that are made of x, and zeros beyond the image.
    let above = (inside.lowerBound - bands.start(band)) * layout.rowBytes
    let below = above + inside.count * layout.rowBytes
    rows.initializeMemory(as: UInt8.self, repeating: 0, count: above)
    (rows + below).initializeMemory(as: UInt8.self, repeating: 0, count: bands.inputRows * layout.rowBytes - below)
    var status = run(0, from: x, to: rows + above, pixels: inside.count * layout.width, part)
    guard status == 0 else { return status }
    let isLast = layout.stages.count == 2
    status = run(1, from: rows, to: isLast ? y : made, pixels: bands.rows * layout.outputWidth, part)
    guard status == 0, !isLast else { return status }
    status = run(2, from: made, to: y, pixels: bands.rows * layout.outputWidth, part)
    guard status == 0, let index = layout.residual else { return status }
    let residual = operands.inputs[index]! + (image * bands.count + band) * layout.yBandBytes
    let floats = y.assumingMemoryBound(to: Float.self), count = Int64(layout.yBandBytes / MemoryLayout<Float>.size)
    pk_binary(PK_ADD, count, floats, residual.assumingMemoryBound(to: Float.self), floats)
    layout.last.apply(to: floats, count: count)
    return 0
  }

  /// One convolution, giving so many pixels.
  private func run(
    _ index: Int, from x: UnsafeMutableRawPointer, to y: UnsafeMutableRawPointer, pixels: Int, _ part: Int
  ) -> Int32 {
    let stage = layout.stages[index]
    let operation = stage.operations[pixels]![part]
    let bias = operands!.inputs[stage.weights + 1]
    let scratch = operands!.scratch + part * layout.partBytes + layout.inputBytes + layout.madeBytes
    let status = pdnn_conv_execute(operation.handle, x, packed[index][pixels]!, bias, y, scratch)
    guard status == 0, stage.behind.exists != 0 else { return status }
    stage.behind.apply(to: y.assumingMemoryBound(to: Float.self), count: Int64(pixels * stage.outputs))
    return 0
  }
}

extension pk_activation {
  fileprivate func apply(to values: UnsafeMutablePointer<Float>, count: Int64) {
    if exists != 0 { pk_unary(op, count, values, alpha, beta, values) }
  }
}

/// The operations of a chain's convolutions on a band, and where things lie.
private struct ChainLayout {
  /// A convolution of the chain.
  struct Stage {
    /// Where its weights stand among the inputs.
    let weights: Int
    /// Its output channels.
    let outputs: Int
    /// An operation for each part, by the number of pixels that it gives: bands at the edges of the image want fewer of
    /// the first convolution.
    let operations: [Int: [OneDNNOperation]]
    /// What is applied once its results are stored.
    let behind: pk_activation
  }

  let images: Int
  let bands: ChainBands
  let parts: Int
  let stages: [Stage]
  /// Where the residual stands among the inputs, and what is applied to the sum.
  let residual: Int?
  let last: pk_activation
  /// Rows and pixels in a row of x, and pixels in a row of y.
  let height: Int
  let width: Int
  let outputWidth: Int
  /// Bytes of a row of x, of a row that the depthwise convolution reads, and of a band of y.
  let xRowBytes: Int
  let rowBytes: Int
  let yBandBytes: Int
  /// Bytes of what it reads and makes for one band, and of a part's memory with oneDNN's.
  let inputBytes: Int
  let madeBytes: Int
  let partBytes: Int

  var scratchBytes: Int { parts * partBytes }

  /// Nil where oneDNN has no operation for one of the convolutions.
  init?(_ chain: ConvolutionChain, _ request: KernelRequest) throws {
    let x = request.inputs[0]!.shape, y = request.outputs[0].shape
    let weights = chain.links.indices.map { request.inputs[ConvolutionChain.weightsIndex($0)]!.shape }
    let channels = weights[1][0]
    let input: Shape = [1, channels, x[2], x[3]], output: Shape = [1, channels, y[2], y[3]]
    let parts = Int(pk_max_threads()), width = x[3], outputWidth = y[3]
    let bands = ChainBands(chain.links[1].convolution, input: input, output: output, images: x[0], parts: parts)
    (self.parts, self.bands, self.width, self.outputWidth) = (parts, bands, width, outputWidth)
    (images, height) = (x[0], x[2])
    let size = MemoryLayout<Float>.size, bandPixels = bands.rows * outputWidth
    (xRowBytes, rowBytes, yBandBytes) = (x[1] * width * size, channels * width * size, y[1] * bandPixels * size)
    inputBytes = AlignedMemory.padded(bands.inputRows * rowBytes)
    madeBytes = chain.links.count == 2 ? 0 : AlignedMemory.padded(channels * bandPixels * size)
    residual = chain.hasResidual ? chain.residualIndex : nil
    last = pk_activation(chain.hasResidual ? chain.links[2].activation : .none)

    // Primitives take their thread count from the thread that creates them.
    pk_set_threads(1)
    defer { pk_set_threads(Int32(parts)) }
    var stages: [Stage] = []
    for (index, link) in chain.links.enumerated() {
      let place = ConvolutionChain.weightsIndex(index), outputs = weights[index][0]
      let isSummed = chain.hasResidual && index == 2
      let isBehind = !isSummed && link.activation.isSlowWithinOneDNN
      let counts = index > 0 ? [bandPixels] : Set((0..<bands.count).map { bands.inside($0).count * width }).sorted()
      var operations: [Int: [OneDNNOperation]] = [:]
      for count in counts {
        let row: (Int) -> Shape = { [1, $0, 1, count] }
        guard
          var spec = pdnn_conv_spec(
            link.convolution, input: index == 1 ? input : row(weights[index][1]), weights: weights[index],
            output: index == 1 ? output : row(outputs), direction: PDNN_INFERENCE)
        else { return nil }
        if index == 1 {
          (spec.h, spec.oh, spec.pad_top, spec.pad_bottom) = (Int64(bands.inputRows), Int64(bands.rows), 0, 0)
        }
        spec.has_bias = request.inputs[place + 1] == nil ? 0 : 1
        (isSummed || isBehind ? .none : link.activation).apply(to: &spec)
        operations[count] = (0..<parts).compactMap { _ in OneDNNOperation.convolution(spec) }
        guard operations[count]?.count == parts else { return nil }
      }
      stages.append(
        Stage(
          weights: place, outputs: outputs, operations: operations,
          behind: pk_activation(isBehind ? link.activation : .none)))
    }
    self.stages = stages
    let oneDNNBytes = stages.flatMap { $0.operations.values.joined() }.map(\.scratchBytes).max() ?? 0
    partBytes = inputBytes + madeBytes + AlignedMemory.padded(oneDNNBytes)
  }
}
