import Graphs
import Tensors

/// How the declared inputs of a file become those of a graph.
struct InputPorts {
  /// Shapes that the caller gives for inputs whose declaration leaves extents open.
  var shapes: [String: Shape]
  /// Whether a batch of 1 that is written out becomes any batch.
  var loosensBatch: Bool
  /// Whether 16-bit and 64-bit floats are computed in float32.
  var widensFloats: Bool

  /// Whether a declared input has a batch of 1 that may be loosened: axis 0 of a float image or feature vector.
  static func hasFixedBatch(_ input: Onnx_ValueInfoProto) -> Bool {
    let type = input.type.tensorType
    guard type.hasShape, let dataType = DataType(onnx: type.elemType), dataType.isFloat else { return false }
    return [2, 4].contains(type.shape.dim.count) && type.shape.dim[0].dimValue == 1
  }

  /// The graph's port for a declared input.
  /// - Throws: `PareError.unsupported` for extents that are open on other axes than the batch, `.usage` where the
  ///   caller's shape contradicts the declaration.
  func port(for input: Onnx_ValueInfoProto) throws -> GraphPort {
    guard case .tensorType(let type)? = input.type.value, let dataType = DataType(onnx: type.elemType) else {
      throw PareError(.unsupported, "an input that is no tensor of numbers", context: ["input": input.name])
    }
    let shape = try self.shape(of: input, type)
    return GraphPort(input.name, ValueType(widensFloats ? dataType.widened : dataType, shape))
  }

  private func shape(of input: Onnx_ValueInfoProto, _ type: Onnx_TypeProto.Tensor) throws -> ValueShape {
    let given = shapes[input.name]
    guard type.hasShape else {
      if let given { return ValueShape([.batch] + given.dimensions.dropFirst().map { .fixed($0) }) }
      throw open(input, "does not say its shape")
    }
    let declared = type.shape.dim
    if let given, given.rank != declared.count {
      throw PareError(
        .usage, "the shape \(given) that was given has \(given.rank) axes, the network's input has \(declared.count)",
        context: ["input": input.name])
    }
    let batchName = declared.first?.dimParam ?? ""
    return ValueShape(
      try declared.enumerated().map { axis, extent in
        if case .dimValue(let value)? = extent.value, value > 0 || (value == 0 && axis > 0) {
          if axis == 0, value == 1, loosensBatch, Self.hasFixedBatch(input) { return .batch }
          if let given, given[axis] != value, axis > 0 {
            throw PareError(
              .usage, "axis \(axis) is \(value) in the network, not \(given[axis])", context: ["input": input.name])
          }
          guard value <= 1 << 32 else {
            throw PareError(.badInput, "an extent of \(value); the file is damaged", context: ["input": input.name])
          }
          return .fixed(Int(value))
        }
        // A batch of nothing is no batch that a program could be compiled for.
        if let given, given[axis] == 0 { return .fixed(0) }
        if axis == 0 || (!batchName.isEmpty && extent.dimParam == batchName) { return .batch }
        if let given { return .fixed(given[axis]) }
        let name = extent.dimParam.isEmpty ? "" : " (\"\(extent.dimParam)\")"
        throw open(input, "leaves axis \(axis)\(name) open")
      })
  }

  private func open(_ input: Onnx_ValueInfoProto, _ reason: String) -> PareError {
    PareError(
      .unsupported, "the input \"\(input.name)\" \(reason); give its shape, for instance --input 1x3x224x224",
      context: ["input": input.name])
  }
}

extension DataType {
  /// float32 for every floating-point type, otherwise the type itself.
  var widened: DataType { isFloat ? .float32 : self }
}
