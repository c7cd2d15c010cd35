import Tensors

/// How a window moves over the spatial axes of its input: shared by convolutions and pooling.
public struct SpatialWindow: Sendable, Hashable {
  /// How `auto_pad` chooses the padding from the input's size.
  public enum AutoPad: String, Sendable, Hashable {
    /// The pads given.
    case explicit = "NOTSET"
    /// Output size = ceil(input / stride); the odd pixel at the end or at the beginning.
    case sameUpper = "SAME_UPPER"
    case sameLower = "SAME_LOWER"
    /// No padding.
    case valid = "VALID"
  }

  /// The window's extent per spatial axis.
  public var kernel: [Int]
  /// Steps per spatial axis.
  public var strides: [Int]
  /// Distance between the window's taps per spatial axis; 1 is dense.
  public var dilations: [Int]
  /// Padding before each axis, then after each axis (ONNX's order).
  public var pads: [Int]
  /// How padding is chosen.
  public var autoPad: AutoPad
  /// Whether the output size is rounded up (pooling only).
  public var ceilMode: Bool

  /// Makes a window; omitted lists mean 1 for strides and dilations and 0 for pads.
  public init(
    kernel: [Int], strides: [Int]? = nil, dilations: [Int]? = nil, pads: [Int]? = nil, autoPad: AutoPad = .explicit,
    ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.strides = strides ?? kernel.map { _ in 1 }
    self.dilations = dilations ?? kernel.map { _ in 1 }
    self.pads = pads ?? (kernel + kernel).map { _ in 0 }
    self.autoPad = autoPad
    self.ceilMode = ceilMode
  }

  /// Reads the window's attributes from a file's node.
  /// - Throws: `PareError.badInput` for lists of the wrong length or values out of range.
  public init(record: NodeRecord, kernel: [Int]) throws {
    self.init(
      kernel: kernel, strides: try record.ints("strides"), dilations: try record.ints("dilations"),
      pads: try record.ints("pads"), ceilMode: try record.int("ceil_mode") == 1)
    if let name = try record.string("auto_pad") {
      guard let value = AutoPad(rawValue: name) else { throw record.unsupported("auto_pad \"\(name)\" is not known") }
      autoPad = value
    }
    let isValid =
      !kernel.isEmpty && kernel.allSatisfy { $0 > 0 && $0 <= 1 << 20 } && strides.count == kernel.count
      && dilations.count == kernel.count && pads.count == 2 * kernel.count
      && strides.allSatisfy { $0 > 0 && $0 <= 1 << 20 } && dilations.allSatisfy { $0 > 0 && $0 <= 1 << 20 }
      && pads.allSatisfy { $0.magnitude <= 1 << 20 }
    guard isValid else {
      throw PareError(
        .badInput, "kernel \(kernel), strides \(strides), dilations \(dilations), pads \(pads) do not fit together",
        context: ["node": record.name, "operator": record.type])
    }
    guard pads.allSatisfy({ $0 >= 0 }) else { throw record.unsupported("negative pads \(pads)") }
  }

  /// The attributes as ONNX has them.
  public func attributes(withKernel: Bool = true) -> [String: AttributeValue] {
    var attributes: [String: AttributeValue] = ["strides": .ints(strides), "dilations": .ints(dilations)]
    if withKernel { attributes["kernel_shape"] = .ints(kernel) }
    if autoPad == .explicit {
      attributes["pads"] = .ints(pads)
    } else {
      attributes["auto_pad"] = .string(autoPad.rawValue)
    }
    if ceilMode { attributes["ceil_mode"] = .int(1) }
    return attributes
  }

  /// The number of spatial axes.
  public var rank: Int { kernel.count }

  /// The padding for an input of these extents, with `auto_pad` worked out.
  public func resolvedPads(input: [Int]) -> [Int] {
    switch autoPad {
    case .explicit: return pads
    case .valid: return pads.map { _ in 0 }
    case .sameUpper, .sameLower:
      var resolved = pads
      for axis in 0..<rank {
        let span = (kernel[axis] - 1) * dilations[axis] + 1
        let output = (input[axis] + strides[axis] - 1) / strides[axis]
        let total = max((output - 1) * strides[axis] + span - input[axis], 0)
        let small = total / 2
        resolved[axis] = autoPad == .sameUpper ? small : total - small
        resolved[axis + rank] = total - resolved[axis]
      }
      return resolved
    }
  }

  /// The output's spatial extents.
  /// - Throws: `PareError.badInput` where the window does not fit into the padded input.
  public func outputExtents(input: [Int]) throws -> [Int] {
    let pads = resolvedPads(input: input)
    return try (0..<rank).map { axis in
      let span = (kernel[axis] - 1) * dilations[axis] + 1
      let room = input[axis] + pads[axis] + pads[axis + rank] - span
      guard room >= 0 || input[axis] == 0 else {
        throw PareError(
          .badInput,
          "a window of \(span) does not fit into \(input[axis]) padded by \(pads[axis]) and \(pads[axis + rank])")
      }
      guard room >= 0 else { return 0 }
      var extent = (ceilMode ? room + strides[axis] - 1 : room) / strides[axis] + 1
      // As PyTorch and ONNX: the last window must start inside the input or its leading padding.
      if ceilMode, (extent - 1) * strides[axis] >= input[axis] + pads[axis] { extent -= 1 }
      return extent
    }
  }

  /// The input position that a tap of the window reads for an output position; nil in the padding.
  @inline(__always)
  func inputPosition(output: Int, tap: Int, axis: Int, pad: Int, extent: Int) -> Int? {
    let position = output * strides[axis] - pad + tap * dilations[axis]
    return position >= 0 && position < extent ? position : nil
  }

  /// For each axis, all (output, tap, input) triples that meet inside the input.
  func contacts(input: [Int], output: [Int]) -> [[(output: Int, tap: Int, input: Int)]] {
    let pads = resolvedPads(input: input)
    return (0..<rank).map { axis in
      (0..<output[axis]).flatMap { out in
        (0..<kernel[axis]).compactMap { tap in
          inputPosition(output: out, tap: tap, axis: axis, pad: pads[axis], extent: input[axis]).map { (out, tap, $0) }
        }
      }
    }
  }
}
