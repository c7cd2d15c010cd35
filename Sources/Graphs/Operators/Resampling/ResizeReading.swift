import Tensors

/// Reads `Resize` and `Upsample` nodes of all opsets.
struct ResizeReading {
  private let record: NodeRecord
  private let shape: ValueShape
  /// The axes that regions, scales and sizes speak of.
  private let axes: [Int]

  init(_ record: NodeRecord) throws {
    try record.allowAttributes(
      "antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside", "extrapolation_value",
      "keep_aspect_ratio_policy", "mode", "nearest_mode", "scales")
    let shape = try record.requiredInput(0).knownShape()
    self.record = record
    self.shape = shape
    let all = Array(0..<shape.rank)
    axes = try record.ints("axes").map { try $0.map { try Shape.normalizedAxis($0, rank: shape.rank) } } ?? all
    guard Set(axes).count == axes.count else { throw misfit("axes \(axes)") }
  }

  func `operator`() throws -> Resize {
    if record.opset < 11 || record.type == "Upsample" { return try old() }
    var interpolation = Interpolation(
      try mode(), coordinates: .halfPixel, cubicCoefficient: Float(try record.float("cubic_coeff_a") ?? -0.75),
      excludesOutside: try record.int("exclude_outside") ?? 0 == 1,
      extrapolation: Float(try record.float("extrapolation_value") ?? 0),
      isAntialiased: try record.int("antialias") ?? 0 == 1)
    if interpolation.mode == .nearest, interpolation.isAntialiased {
      throw record.unsupported("antialiasing in mode nearest")
    }
    interpolation.rounding = try option("nearest_mode") ?? .preferFloor
    if try record.string("coordinate_transformation_mode") == "tf_half_pixel_for_nn" {
      // The element that holds the pixel's middle: (x + 1/2) / s rounded down is (x + 1/2) / s - 1/2 rounded half up.
      guard interpolation.mode == .nearest, interpolation.rounding == .floor else {
        throw record.unsupported("coordinates tf_half_pixel_for_nn with another rounding than floor")
      }
      interpolation.rounding = .preferCeil
    } else {
      interpolation.coordinates = try option("coordinate_transformation_mode") ?? .halfPixel
    }
    let region = interpolation.coordinates == .crop ? try region() : nil
    let scales = try record.constant(at: 2)?.floats ?? []
    return Resize(
      interpolation, to: scales.isEmpty ? try sizes() : .scales(try everyAxis(scales, else: 1)), region: region)
  }

  /// Before opset 11 element x lay at x / s, and the nearest was the left one in a larger result, the right one in a
  /// smaller.
  private func old() throws -> Resize {
    let given = try record.attributes["scales"].map { attribute -> [Float] in
      guard case .floats(let scales) = attribute else { throw misfit("scales that are no numbers") }
      return scales
    }
    guard let scales = try given ?? record.constant(at: 1)?.floats else { throw misfit("no scales") }
    let grows = scales.contains { $0 > 1 }
    if try mode() == .nearest, grows, scales.contains(where: { $0 < 1 }) {
      throw record.unsupported("scales \(scales), which make some axes larger and some smaller, before opset 11")
    }
    let shrinks = scales.contains { $0 < 1 }
    let interpolation = Interpolation(try mode(), coordinates: .asymmetric, rounding: shrinks ? .ceil : .floor)
    return Resize(interpolation, to: .scales(try everyAxis(scales, else: 1)))
  }

  private func mode() throws -> Interpolation.Mode {
    let name = try record.string("mode") ?? "nearest"
    guard let mode = Interpolation.Mode(rawValue: name) else {
      throw record.unsupported("mode \"\(name)\" is not known")
    }
    return mode
  }

  private func option<Option: RawRepresentable<String>>(_ attribute: String) throws -> Option? {
    guard let name = try record.string(attribute) else { return nil }
    guard let option = Option(rawValue: name) else {
      throw record.unsupported("\(attribute) \"\(name)\" is not known")
    }
    return option
  }

  private func region() throws -> Resize.Region? {
    guard let bounds = try record.constant(at: 1)?.floats, !bounds.isEmpty else { return nil }
    guard bounds.count == 2 * axes.count else { throw misfit("a region of \(bounds.count) numbers") }
    return Resize.Region(
      starts: try everyAxis(Array(bounds.prefix(axes.count)), else: 0),
      ends: try everyAxis(Array(bounds.suffix(axes.count)), else: 1))
  }

  /// A number for every axis from those for some.
  private func everyAxis(_ numbers: [Float], else neutral: Float) throws -> [Float] {
    guard numbers.count == axes.count else { throw misfit("\(numbers.count) numbers for \(axes.count) axes") }
    var all = [Float](repeating: neutral, count: shape.rank)
    for (axis, number) in zip(axes, numbers) { all[axis] = number }
    return all
  }

  /// The extents, without those that stay.
  private func sizes() throws -> Resize.Target {
    guard let dimensions = try record.dimensions(at: 3), !dimensions.isEmpty else {
      throw misfit("neither scales nor sizes")
    }
    guard dimensions.count == axes.count else { throw misfit("\(dimensions.count) sizes for \(axes.count) axes") }
    let ratio: Resize.AspectRatio = try option("keep_aspect_ratio_policy") ?? .stretch
    var (changed, extents): ([Int], [Int]) = ([], [])
    for (axis, dimension) in zip(axes, dimensions) {
      // A batch of 1 that is written out stands for any batch.
      let isWholeBatch = shape[axis].fixedExtent == nil && dimension == .fixed(1)
      if ratio == .stretch, dimension == shape[axis] || isWholeBatch { continue }
      guard let extent = dimension.fixedExtent else {
        throw record.unsupported("a size of \(dimension) along axis \(axis)")
      }
      changed.append(axis)
      extents.append(extent)
    }
    return ratio == .stretch
      ? Resize.Target(axes: changed, extents: extents, of: shape) : .sizes(axes: changed, extents: extents, ratio)
  }

  private func misfit(_ what: String) -> PareError {
    PareError(
      .badInput, "\(what), which does not fit an input of shape \(shape)",
      context: ["node": record.name, "operator": record.type])
  }
}
