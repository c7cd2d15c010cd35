import Tensors

/// The same elements under another shape.
public struct Reshape: ONNXOperator, Differentiable, ChannelCoupled {
  /// One extent of the target.
  public enum Extent: Hashable, Sendable {
    /// This extent, which may depend on the batch.
    case exactly(Dimension)
    /// The input's extent on the same axis (ONNX: 0).
    case copied
    /// Whatever is left (ONNX: -1); at most one.
    case inferred
  }

  /// The ONNX type.
  public static let kind = "Reshape"
  /// The shape is input 1.
  public static let attributeInputs: Set<Int> = [1]
  /// The target's extents.
  public var target: [Extent]

  /// Makes the operator with a known target.
  public init(to shape: ValueShape) { target = shape.dimensions.map { .exactly($0) } }

  /// Makes the operator with copied or inferred extents.
  public init(target: [Extent]) { self.target = target }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("allowzero")
    let allowZero = try record.int("allowzero") ?? 0 == 1
    guard let dimensions = try record.dimensions(at: 1) else { throw record.unsupported("the shape is missing") }
    target = dimensions.map { dimension in
      switch dimension {
      case .fixed(-1): .inferred
      case .fixed(0) where !allowZero: .copied
      default: .exactly(dimension)
      }
    }
    guard target.filter({ $0 == .inferred }).count <= 1, dimensions.allSatisfy({ ($0.fixedExtent ?? 0) >= -1 }) else {
      throw PareError(
        .badInput, "the shape \(dimensions.map(\.description)) is not one", context: ["node": record.name])
    }
    if let shape = record.input(0)?.type.shape { target = closed(for: shape) }
  }

  /// The target with its inferred extent worked out where ONNX could not say the rest of it otherwise: beside an extent
  /// that depends on the batch and is not the input's on the same axis.
  private func closed(for shape: ValueShape) -> [Extent] {
    let isCopy = { (axis: Int) in axis < shape.rank && target[axis] == .exactly(shape[axis]) }
    guard let hole = target.firstIndex(of: .inferred), let resolved = try? resolved(for: shape),
      target.indices.contains(where: { axis in
        if case .exactly(.batch) = target[axis] { !isCopy(axis) } else { false }
      })
    else { return target }
    var closed = target
    closed[hole] = .exactly(resolved[hole])
    return closed
  }

  /// The operator as ONNX has it; the batch becomes the inferred extent.
  public func form() -> NodeForm {
    let hasInferred = target.contains(.inferred)
    let values: [Int64] = target.enumerated().map { axis, extent in
      switch extent {
      case .exactly(.fixed(let size)): Int64(size)
      case .exactly(.batch): hasInferred ? 0 : -1
      case .copied: 0
      case .inferred: -1
      }
    }
    let hasZero = target.contains(.exactly(.fixed(0)))
    return NodeForm(Self.kind, hasZero ? ["allowzero": .int(1)] : [:], constantInputs: [1: Tensor(values)])
  }

  /// The target with copied and inferred extents worked out.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let shape = type.shape else { return [ValueType(type.dataType, nil)] }
    return [ValueType(type.dataType, try resolved(for: shape))]
  }

  /// The elements, where they are known.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    target.count <= 1 ? inputs[0]?.integerDimensions : nil
  }

  func resolved(for shape: ValueShape) throws -> ValueShape {
    var dimensions: [Dimension?] = try target.enumerated().map { axis, extent in
      switch extent {
      case .exactly(let dimension): return dimension
      case .copied:
        guard axis < shape.rank else { throw mismatch(shape) }
        return shape[axis]
      case .inferred: return nil
      }
    }
    if let hole = dimensions.firstIndex(of: nil) {
      guard let total = shape.elementCount, let rest = ValueShape(dimensions.compactMap { $0 }).elementCount,
        let missing = Self.quotient(total, rest)
      else { throw mismatch(shape) }
      dimensions[hole] = missing
    }
    let result = ValueShape(dimensions.map { $0! })
    guard result.elementCount == shape.elementCount else { throw mismatch(shape) }
    return result
  }

  private static func quotient(_ a: Dimension, _ b: Dimension) -> Dimension? {
    switch (a, b) {
    case (.fixed(let x), .fixed(let y)) where y != 0 && x % y == 0: .fixed(x / y)
    case (.batch(let x), .fixed(let y)) where y != 0 && x % y == 0: .batch(x / y)
    case (.batch(let x), .batch(let y)) where y != 0 && x % y == 0: .fixed(x / y)
    default: nil
    }
  }

  private func mismatch(_ shape: ValueShape) -> PareError {
    let wanted = target.map { extent in
      switch extent {
      case .exactly(let dimension): dimension.description
      case .copied: "0"
      case .inferred: "-1"
      }
    }
    return PareError(.badInput, "a value of shape \(shape) cannot be reshaped to \(wanted.joined(separator: "x"))")
  }

  /// The same elements.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let bound = Reshape(
      target: target.map { extent in
        if case .exactly(let dimension) = extent {
          .exactly(.fixed(dimension.bound(toBatch: context.batch)))
        } else {
          extent
        }
      })
    let shape = try bound.resolved(for: ValueShape(inputs[0]!.shape)).fixedShape!
    return [inputs[0]!.reshaped(to: shape)]
  }

  /// dx = dy under the input's shape.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    [try builder.add(Reshape(to: builder.shape(of: call.inputs[0]!)), call.gradient)]
  }

  /// Axes that stay, are split or are merged.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) { coupling.tieReshaped(call) }

  /// The target with the kept numbers of indices.
  public func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator {
    var result = self
    for axis in target.indices {
      guard let indices = kept[call.output(axis: axis)], case .exactly(let extent) = target[axis] else { continue }
      result.target[axis] = .exactly(extent.fixedExtent == nil ? .batch(indices.count) : .fixed(indices.count))
    }
    return result
  }
}
