import Tensors

/// The slices of a tensor at places given by several indices each: inputs data and indices (int64). The last axis of the
/// indices holds places in the data's leading axes (negative ones count from the end); y[i] = data[indices[i]].
public struct GatherND: ONNXOperator, Differentiable {
  /// The ONNX type.
  public static let kind = "GatherND"

  /// Makes the operator.
  public init() {}

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("batch_dims")
    guard try record.int("batch_dims") ?? 0 == 0 else { throw record.unsupported("batch_dims other than 0") }
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm { NodeForm(Self.kind) }

  /// The indices' leading axes, then those of the slices.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard !inputs[1]!.type.dataType.isFloat else { throw PareError(.badInput, "the indices are no integers") }
    guard let data = type.shape, let indices = inputs[1]!.type.shape else { return [ValueType(type.dataType, nil)] }
    guard let depth = indices.dimensions.last?.fixedExtent, depth <= data.rank else {
      throw PareError(.badInput, "indices of shape \(indices) into data of shape \(data)")
    }
    return [ValueType(type.dataType, ValueShape(Array(indices.dimensions.dropLast() + data.dimensions[depth...])))]
  }

  /// The slices.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (data, indices) = (inputs[0]!, inputs[1]!)
    let slices = try IndexedSlices(indices, of: data.shape)
    return [data.gathering(slices.elementOffsets, shape: slices.shape)]
  }

  /// The gradient by the data: dy added up at the places it came from.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    guard call.wanted[0] else { return [nil, nil] }
    let zeros = try builder.add(ConstantOfShape(shape: builder.shape(of: call.inputs[0]!)))
    return [try builder.add(ScatterND(reduction: .add), zeros, call.inputs[1]!, call.gradient), nil]
  }
}

/// The slices of a tensor that a tensor of indices names by its last axis.
struct IndexedSlices {
  /// The indices' leading axes, then those of a slice.
  let shape: Shape
  private let starts: [Int]
  private let length: Int

  /// - Throws: `PareError.badInput` for an index that does not exist.
  init(_ indices: Tensor, of data: Shape) throws {
    let depth = indices.shape.dimensions.last ?? 0
    let rest = Array(data.dimensions[depth...])
    shape = Shape(indices.shape.dimensions.dropLast() + rest)
    length = rest.reduce(1, *)
    let (places, strides) = (indices.integers, data.strides)
    starts = try (0..<indices.shape.dimensions.dropLast().reduce(1, *)).map { row in
      try (0..<depth).reduce(0) { offset, axis in
        let index = places[row * depth + axis]
        let place = index < 0 ? index + data[axis] : index
        guard place >= 0, place < data[axis] else {
          throw PareError(.badInput, "index \(index) along axis \(axis) of a tensor of shape \(data)")
        }
        return offset + place * strides[axis]
      }
    }
  }

  /// The offset in the tensor of every element of the slices.
  var elementOffsets: [Int] { starts.flatMap { start in (start..<start + length) } }
}
