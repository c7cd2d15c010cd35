import Tensors

/// Numbers from a start up to (excluding) a limit, by steps: max(0, ceil((limit - start) / step)) of them.
///
/// No inputs: the three numbers are known when the network is read, but for a limit that is a multiple of the batch.
public struct NumberRange: ONNXOperator, Differentiable {
  /// The ONNX type.
  public static let kind = "Range"
  /// Start, limit and step are inputs 0, 1 and 2.
  public static let attributeInputs: Set<Int> = [0, 1, 2]
  /// The first number.
  public var start: Double
  /// The number that is not reached; at batch 1, where `limitMultiple` is given.
  public var limit: Double
  /// How many times the batch the limit is; nil where it does not depend on the batch.
  public let limitMultiple: Int?
  /// What lies between two numbers; not 0.
  public var step: Double
  /// The numbers' type.
  public var dataType: DataType

  /// Makes the operator.
  public init(from start: Double, to limit: Double, by step: Double = 1, dataType: DataType = .int64) {
    precondition(step != 0, "a range in steps of 0")
    self.start = start
    self.limit = limit
    limitMultiple = nil
    self.step = step
    self.dataType = dataType
  }

  /// Makes the operator with a limit of `multiple` times the batch, from 0; steps divide the multiple.
  public init(toBatchTimes multiple: Int, by step: Int = 1) {
    precondition(step > 0 && multiple.isMultiple(of: step), "a range to \(multiple)N in steps of \(step)")
    start = 0
    limit = Double(multiple)
    limitMultiple = multiple
    self.step = Double(step)
    dataType = .int64
  }

  /// Reads the operator from a file's node. `stash_type` concerns 16-bit floats, which are computed in float32.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("stash_type")
    func number(_ index: Int) throws -> Double {
      let fact = try record.requiredInput(index)
      if let constant = fact.constant {
        guard constant.count == 1 else { throw record.unsupported("input \(index) of \(constant.count) elements") }
        return constant.doubles[0]
      }
      guard let integers = try record.integers(at: index), integers.count == 1 else {
        throw record.unsupported("input \(index) is no single number")
      }
      return Double(integers[0])
    }
    let step = try number(2)
    guard step != 0 else {
      throw PareError(
        .badInput, "a range in steps of 0 does not end", context: ["node": record.name, "operator": record.type])
    }
    let dataType = try record.requiredInput(0).type.dataType
    if case .batch(let multiple)? = try record.requiredInput(1).integerDimensions?.first {
      guard dataType == .int64, try number(0) == 0, step > 0, step.rounded() == step, step <= Double(multiple),
        multiple.isMultiple(of: Int(step))
      else { throw record.unsupported("a range to \(multiple) times the batch in steps of \(step)") }
      self.init(toBatchTimes: multiple, by: Int(step))
      return
    }
    self.init(from: try number(0), to: try number(1), by: step, dataType: dataType)
    guard ((limit - start) / step).isFinite, (limit - start) / step <= 4_294_967_296 else {
      throw PareError(
        .badInput, "a range from \(start) to \(limit) by \(step) is too long; the file is damaged",
        context: ["node": record.name, "operator": record.type])
    }
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm {
    let numbers = [start, limit, step].map { Tensor(doubles: [$0], shape: [], dataType: dataType) }
    var form = NodeForm(Self.kind, constantInputs: [0: numbers[0], 2: numbers[2]])
    if let limitMultiple {
      form.extentInputs[1] = .batch(limitMultiple)
    } else {
      form.constantInputs[1] = numbers[1]
    }
    return form
  }

  private var count: Dimension {
    let count = max(0, Int(((limit - start) / step).rounded(.up)))
    return limitMultiple == nil ? .fixed(count) : .batch(count)
  }

  /// A list of as many numbers.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] { [ValueType(dataType, [count])] }

  /// The numbers of a short list of integers.
  public func symbolicOutput(for inputs: [InputFact?]) -> [Dimension]? {
    guard !dataType.isFloat, let count = count.fixedExtent, count <= 4096 else { return nil }
    return (0..<count).map { .fixed(Int(start) + $0 * Int(step)) }
  }

  /// The numbers.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let count = count.bound(toBatch: context.batch)
    return [Tensor(doubles: (0..<count).map { start + Double($0) * step }, shape: [count], dataType: dataType)]
  }

  /// There is nothing to differentiate by.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    call.inputs.map { _ in nil }
  }
}
