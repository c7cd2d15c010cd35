import Tensors

/// A tensor with slices replaced: inputs data, indices (int64) and updates. The last axis of the indices holds places in
/// the data's leading axes (negative ones count from the end); y = data, with y[indices[i]] = updates[i].
///
/// Exporters write assignments to parts of a tensor like this, mostly of masks that are constant.
public struct ScatterND: ONNXOperator, Differentiable {
  /// What happens to the element that is there.
  public enum Reduction: String, Sendable, Hashable {
    /// It is replaced; of several updates of one place the last counts.
    case none
    /// The update is added to it.
    case add
  }

  /// The ONNX type.
  public static let kind = "ScatterND"
  /// What happens to the element that is there.
  public var reduction: Reduction

  /// Makes the operator.
  public init(reduction: Reduction = .none) { self.reduction = reduction }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("reduction")
    let name = try record.string("reduction") ?? "none"
    guard let reduction = Reduction(rawValue: name) else { throw record.unsupported("reduction \"\(name)\"") }
    self.reduction = reduction
  }

  /// The operator as opset 16 has it.
  public func form() -> NodeForm {
    NodeForm(Self.kind, reduction == .none ? [:] : ["reduction": .string(reduction.rawValue)])
  }

  /// The data's type.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let (data, indices, updates) = (inputs[0]!.type, inputs[1]!.type, inputs[2]!.type)
    guard !indices.dataType.isFloat, data.dataType == updates.dataType else {
      throw PareError(
        .badInput, "data, indices and updates are \(data.dataType), \(indices.dataType) and \(updates.dataType)")
    }
    if let shape = data.shape, let places = indices.shape, let slices = updates.shape {
      guard let depth = places.dimensions.last?.fixedExtent, depth <= shape.rank,
        slices.dimensions == Array(places.dimensions.dropLast() + shape.dimensions[depth...])
      else {
        throw PareError(.badInput, "updates of shape \(slices) at indices of shape \(places) of data of shape \(shape)")
      }
    }
    return [data]
  }

  /// The data with the slices in place.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let indices = inputs[1]!
    // Double-precision runs mix float64 values with float32 constants.
    let isDouble = inputs[0]!.dataType == .float64 || inputs[2]!.dataType == .float64
    let type = isDouble ? DataType.float64 : inputs[0]!.dataType
    let (data, updates) = (inputs[0]!.cast(to: type), inputs[2]!.cast(to: type))
    let offsets = try IndexedSlices(indices, of: data.shape).elementOffsets
    if reduction == .add {
      let sum = updates.scattered(to: offsets, shape: data.shape)
      return [try data.broadcastElements(with: sum, +)]
    }
    var result = data
    let size = data.dataType.size
    result.withUnsafeMutableBytes { target in
      updates.withUnsafeBytes { source in
        for (position, offset) in offsets.enumerated() {
          UnsafeMutableRawBufferPointer(rebasing: target[offset * size..<(offset + 1) * size])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position * size..<(position + 1) * size]))
        }
      }
    }
    return [result]
  }

  /// The gradient by the data is dy, without what was replaced; that by the updates is dy at their places.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let indices = call.inputs[1]!
    var gradients: [Value?] = [nil, nil, nil]
    if call.wanted[0] {
      if reduction == .add {
        gradients[0] = call.gradient
      } else {
        let shape = try builder.shape(of: call.inputs[2]!)
        let zeros = try builder.add(ConstantOfShape(shape: shape))
        gradients[0] = try builder.add(ScatterND(), call.gradient, indices, zeros)
      }
    }
    if call.wanted[2] { gradients[2] = try builder.add(GatherND(), call.gradient, indices) }
    return gradients
  }
}
