import Tensors

/// A tensor with more or fewer elements along some axes, interpolated between the old ones axis by axis.
///
/// An element outside the region (coordinates `crop`) is the extrapolation value.
public struct Resize: ONNXOperator, Differentiable, ChannelCoupled {
  /// How many elements there will be.
  public enum Target: Sendable, Hashable {
    /// So many times as many, rounded down; a factor for every axis.
    case scales([Float])
    /// These extents of some axes.
    case sizes(axes: [Int], extents: [Int], AspectRatio)

    /// These extents of some axes of a shape: as scales, which every opset can write, where that comes to the same.
    public init(axes: [Int], extents: [Int], of shape: ValueShape) {
      var scales = [Float](repeating: 1, count: shape.rank)
      for (axis, extent) in zip(axes, extents) {
        let old = Float(shape[axis].fixedExtent ?? 0)
        scales[axis] = Float(extent) / old
        guard old > 0, (old * scales[axis]).rounded(.down) == Float(extent) else {
          self = .sizes(axes: axes, extents: extents, .stretch)
          return
        }
      }
      self = .scales(scales)
    }
  }

  /// What becomes of the proportions where extents are given.
  public enum AspectRatio: String, Sendable, Hashable {
    /// They change.
    case stretch
    /// They stay, and no axis gets more than its extent.
    case notLarger = "not_larger"
    /// They stay, and no axis gets less than its extent.
    case notSmaller = "not_smaller"
  }

  /// The part of each axis that is taken, with coordinates `crop`, from and to fractions of it.
  public struct Region: Sendable, Hashable {
    /// Where it starts on every axis.
    public var starts: [Float]
    /// Where it ends on every axis.
    public var ends: [Float]

    /// Makes a region.
    public init(starts: [Float], ends: [Float]) {
      precondition(starts.count == ends.count, "\(starts.count) starts and \(ends.count) ends")
      self.starts = starts
      self.ends = ends
    }
  }

  /// The ONNX type.
  public static let kind = "Resize"
  /// Region, scales and sizes are inputs (in opset 10 scales alone, as in Upsample).
  public static let attributeInputs: Set<Int> = [1, 2, 3]
  /// How new elements are made.
  public var interpolation: Interpolation
  /// How many there will be.
  public var target: Target
  /// The part that is taken, with coordinates `crop`; nil for the whole.
  public var region: Region?

  /// Makes the operator.
  public init(_ interpolation: Interpolation, to target: Target, region: Region? = nil) {
    self.interpolation = interpolation
    self.target = target
    self.region = region
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws { self = try ResizeReading(record).operator() }

  /// The operator as opset 13 has it; antialiasing and extents need 18.
  public func form() -> NodeForm {
    var form = NodeForm(
      Self.kind,
      [
        "mode": .string(interpolation.mode.rawValue),
        "coordinate_transformation_mode": .string(interpolation.coordinates.rawValue),
      ])
    var first = interpolation.coordinates == .halfPixelSymmetric ? 19 : 13
    if interpolation.mode == .nearest { form.attributes["nearest_mode"] = .string(interpolation.rounding.rawValue) }
    if interpolation.mode == .cubic { form.attributes["cubic_coeff_a"] = .float(interpolation.cubicCoefficient) }
    if interpolation.excludesOutside { form.attributes["exclude_outside"] = .int(1) }
    if interpolation.extrapolation != 0 { form.attributes["extrapolation_value"] = .float(interpolation.extrapolation) }
    if interpolation.isAntialiased {
      form.attributes["antialias"] = .int(1)
      first = max(first, 18)
    }
    var axes = Array((region?.starts ?? []).indices)
    switch target {
    case .scales(let scales): form.constantInputs[2] = Tensor(scales)
    case .sizes(let given, let extents, let ratio):
      axes = given
      form.attributes["axes"] = .ints(given)
      if ratio != .stretch { form.attributes["keep_aspect_ratio_policy"] = .string(ratio.rawValue) }
      form.constantInputs[3] = Tensor(extents.map { Int64($0) })
      first = max(first, 18)
    }
    if let region { form.constantInputs[1] = Tensor(axes.map { region.starts[$0] } + axes.map { region.ends[$0] }) }
    form.opsets = first...Int.max
    return form
  }

  // MARK: Shapes

  /// The axes of a shape that change, with their extents and scales.
  /// - Throws: `PareError.badInput` for a target that does not fit the shape, `.unsupported` where an axis that changes
  ///   depends on the batch.
  func changes(of shape: ValueShape) throws -> [(axis: Int, change: Interpolation.Axis)] {
    let region = interpolation.coordinates == .crop ? region : nil
    guard region == nil || region?.starts.count == shape.rank else { throw misfit(shape) }
    func extent(_ axis: Int) throws -> Int {
      guard let extent = shape[axis].fixedExtent, extent > 0 else {
        throw PareError(.unsupported, "resizing axis \(axis) of \(shape), which is empty or depends on the batch size")
      }
      return extent
    }
    func change(_ axis: Int, _ scale: Float, to output: Float) throws -> (axis: Int, change: Interpolation.Axis) {
      guard scale > 0, output >= 1, output < Float(1 << 40) else { throw misfit(shape) }
      let (start, end) = (region?.starts[axis] ?? 0, region?.ends[axis] ?? 1)
      return (
        axis,
        Interpolation.Axis(input: try extent(axis), output: Int(output), scale: scale, start: start, end: end)
      )
    }
    func isWhole(_ axis: Int) -> Bool { (region?.starts[axis] ?? 0) == 0 && (region?.ends[axis] ?? 1) == 1 }
    switch target {
    case .scales(let scales):
      guard scales.count == shape.rank else { throw misfit(shape) }
      return try scales.enumerated().filter { $1 != 1 || !isWhole($0) }.map { axis, scale in
        try change(axis, scale, to: (Float(extent(axis)) * scale).rounded(.down))
      }
    case .sizes(let axes, let extents, let ratio):
      guard axes.count == extents.count, axes.allSatisfy({ (0..<shape.rank).contains($0) }) else { throw misfit(shape) }
      let inputs = try axes.map { try extent($0) }
      let scales = zip(extents, inputs).map { Float($0) / Float($1) }
      let common: Float? =
        switch ratio {
        case .stretch: nil
        case .notLarger: scales.min()
        case .notSmaller: scales.max()
        }
      return try axes.indices.compactMap { place in
        let (axis, scale) = (axes[place], common ?? scales[place])
        if scale == 1, isWhole(axis) { return nil }
        let output = common.map { ($0 * Float(inputs[place])).rounded() } ?? Float(extents[place])
        return try change(axis, scale, to: output)
      }
    }
  }

  private func misfit(_ shape: ValueShape) -> PareError {
    PareError(.badInput, "a value of shape \(shape) cannot be resized by \(target)")
  }

  /// What is done along each axis of a shape that changes.
  /// - Throws: as `changes`.
  package func tables(for shape: Shape) throws -> [(axis: Int, table: ResamplingTable)] {
    try changes(of: ValueShape(shape)).map { ($0, interpolation.table(for: $1)) }
  }

  /// The new extents.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard var shape = type.shape else { return [type] }
    for (axis, change) in try changes(of: shape) { shape[axis] = .fixed(change.output) }
    return [ValueType(type.dataType, shape)]
  }

  // MARK: Evaluation

  /// The elements: copied bit by bit in mode `nearest`, otherwise mixed in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let tables = try tables(for: x.shape)
    let outside = Tensor(scalar: interpolation.extrapolation)
    var lists = x.shape.dimensions.map { Array(0..<$0) }
    if interpolation.mode == .nearest {
      for (axis, table) in tables { lists[axis] = table.copies! }
      let offsets = IndexedCopy.offsets(lists, strides: x.shape.strides)
      return [x.gathering(offsets, shape: Shape(lists.map(\.count)), fill: outside)]
    }
    var (values, shape) = (x.doubles, x.shape)
    for (axis, table) in tables {
      let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
      values = table.applied(to: values, outer: shape.dimensions[..<axis].reduce(1, *), inner: inner)
      shape[axis] = table.output
      lists[axis] = (0..<table.output).map { table.outside.contains($0) ? -1 : $0 }
    }
    let y = Tensor(doubles: values, shape: shape, dataType: x.dataType)
    guard tables.contains(where: { !$0.table.outside.isEmpty }) else { return [y] }
    return [y.gathering(IndexedCopy.offsets(lists, strides: shape.strides), shape: shape, fill: outside)]
  }

  /// dy handed back with the same weights.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let shape = try builder.shape(of: call.inputs[0]!)
    return [try builder.add(ResizeGradient(of: self, inputShape: shape), call.gradient)]
  }

  /// Axes that keep their extent pass through. A channel axis that is resized blocks; spatial axes are not declared.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    guard let shape = call.inputShape(0), let changes = try? changes(of: ValueShape(shape)) else { return }
    let changed = Set(changes.map(\.axis))
    let output = call.outputShape()
    for axis in shape.dimensions.indices {
      if !changed.contains(axis) {
        coupling.tie(call.input(0, axis: axis), call.output(axis: axis), count: shape[axis])
      } else if axis < 2 || shape.rank < 3 {
        let reason = "\(call.outputs[0]): resizing of axis \(axis)"
        coupling.block(call.input(0, axis: axis), count: shape[axis], reason: reason)
        coupling.block(call.output(axis: axis), count: output[axis], reason: reason)
      }
    }
  }
}

extension GraphBuilder {
  /// Makes images larger by a factor, by copying the nearest pixels where no mode is given.
  public func upsampled(_ x: Value, by factor: Float, mode: Interpolation.Mode = .nearest) throws -> Value {
    let coordinates: Interpolation.Coordinates = mode == .nearest ? .asymmetric : .halfPixel
    let interpolation = Interpolation(mode, coordinates: coordinates, rounding: .floor)
    let spatial = try shape(of: x).rank - 2
    return try add(Resize(interpolation, to: .scales([1, 1] + Array(repeating: factor, count: spatial))), x)
  }

  /// Gives images another size, by default as PyTorch's bilinear interpolation.
  public func resized(
    _ x: Value, height: Int, width: Int, _ interpolation: Interpolation = Interpolation(.linear)
  ) throws -> Value {
    try add(Resize(interpolation, to: .init(axes: [2, 3], extents: [height, width], of: shape(of: x))), x)
  }
}
