import Tensors

/// An attribute of a node in a file.
public enum AttributeValue: Sendable, Equatable {
  /// An integer.
  case int(Int)
  /// A floating-point number.
  case float(Float)
  /// Text.
  case string(String)
  /// A constant.
  case tensor(Tensor)
  /// A list of integers.
  case ints([Int])
  /// A list of numbers.
  case floats([Float])
  /// A list of texts.
  case strings([String])
  /// Anything else (a subgraph, a sparse tensor), as the file's own bytes.
  case opaque([UInt8])
}

/// A node as a file describes it, with what is known of its inputs: the neutral form between file formats and operators.
public struct NodeRecord: Sendable {
  /// The operator's type in the file (`Conv`).
  public var type: String
  /// The node's name.
  public var name: String
  /// The version of the operator set.
  public var opset: Int
  /// The attributes that the file gives.
  public var attributes: [String: AttributeValue]
  /// What is known of each input; nil for an absent one.
  public var inputs: [InputFact?]
  /// The number of outputs.
  public var outputCount: Int

  /// Makes a record.
  public init(
    type: String, name: String, opset: Int, attributes: [String: AttributeValue] = [:], inputs: [InputFact?],
    outputCount: Int = 1
  ) {
    self.type = type
    self.name = name
    self.opset = opset
    self.attributes = attributes
    self.inputs = inputs
    self.outputCount = outputCount
  }

  /// Refuses attributes that the operator does not know, which could change its result.
  /// - Throws: `PareError.unsupported` naming the attribute.
  public func allowAttributes(_ known: String...) throws {
    for name in attributes.keys.sorted() where !known.contains(name) {
      throw unsupported("attribute \"\(name)\" is not known")
    }
  }

  /// An integer attribute.
  public func int(_ name: String) throws -> Int? {
    guard let attribute = attributes[name] else { return nil }
    guard case .int(let value) = attribute else { throw wrongType(name, "an integer") }
    return value
  }

  /// A number attribute.
  public func float(_ name: String) throws -> Double? {
    guard let attribute = attributes[name] else { return nil }
    guard case .float(let value) = attribute else { throw wrongType(name, "a number") }
    return Double(value)
  }

  /// A text attribute.
  public func string(_ name: String) throws -> String? {
    guard let attribute = attributes[name] else { return nil }
    guard case .string(let value) = attribute else { throw wrongType(name, "a text") }
    return value
  }

  /// A list of integers.
  public func ints(_ name: String) throws -> [Int]? {
    guard let attribute = attributes[name] else { return nil }
    if case .ints(let values) = attribute { return values }
    throw wrongType(name, "a list of integers")
  }

  /// A tensor attribute.
  public func tensor(_ name: String) throws -> Tensor? {
    guard let attribute = attributes[name] else { return nil }
    guard case .tensor(let value) = attribute else { throw wrongType(name, "a tensor") }
    return value
  }

  /// What is known of an input; nil where it is absent.
  public func input(_ index: Int) -> InputFact? { index < inputs.count ? inputs[index] : nil }

  /// What is known of an input that must be there.
  /// - Throws: `PareError.badInput` where it is absent.
  public func requiredInput(_ index: Int) throws -> InputFact {
    guard let fact = input(index) else {
      throw PareError(.badInput, "input \(index) is missing", context: ["node": name, "operator": type])
    }
    return fact
  }

  /// The integers of an input that shape rules read; nil where it is absent.
  /// - Throws: `PareError.unsupported` where it is only known at run time.
  public func integers(at index: Int) throws -> [Int]? {
    guard let dimensions = try dimensions(at: index) else { return nil }
    let fixed = dimensions.compactMap(\.fixedExtent)
    guard fixed.count == dimensions.count else { throw unsupported("input \(index) depends on the batch size") }
    return fixed
  }

  /// The integers of an input that shape rules read, batch-dependent ones included; nil where it is absent.
  /// - Throws: `PareError.unsupported` where it is only known at run time.
  public func dimensions(at index: Int) throws -> [Dimension]? {
    guard let fact = input(index) else { return nil }
    guard let dimensions = fact.integerDimensions else {
      throw unsupported("input \(index) is only known at run time; Pare needs it when the network is compiled")
    }
    return dimensions
  }

  /// The constant value of an input; nil where it is absent.
  /// - Throws: `PareError.unsupported` where it is only known at run time.
  public func constant(at index: Int) throws -> Tensor? {
    guard let fact = input(index) else { return nil }
    guard let constant = fact.constant else {
      throw unsupported("input \(index) is only known at run time; Pare needs it when the network is compiled")
    }
    return constant
  }

  /// An "unsupported" error that names node, operator and opset.
  public func unsupported(_ reason: String) -> PareError {
    PareError(.unsupported, reason, context: ["node": name, "operator": type, "opset": "\(opset)"])
  }

  private func wrongType(_ attribute: String, _ wanted: String) -> PareError {
    PareError(
      .badInput, "attribute \"\(attribute)\" is not \(wanted); the file is damaged",
      context: ["node": name, "operator": type])
  }
}

/// What a file needs to write an operator: its type, attributes, and the constants that stand at some of its inputs.
public struct NodeForm: Sendable {
  /// The operator's type in the file.
  public var type: String
  /// The attributes.
  public var attributes: [String: AttributeValue]
  /// Constants by input position; the node's own inputs fill the positions that neither these nor shapes take, in order.
  public var constantInputs: [Int: Tensor]
  /// Shapes by input position, as lists of int64. Where one depends on the batch, the file computes it.
  public var shapeInputs: [Int: ValueShape]
  /// Single extents by input position, as int64 of rank 0. Where one depends on the batch, the file computes it.
  public var extentInputs: [Int: Dimension] = [:]
  /// The versions of the operator set that have this form.
  public var opsets: ClosedRange<Int>

  /// Makes a form.
  public init(
    _ type: String, _ attributes: [String: AttributeValue] = [:], constantInputs: [Int: Tensor] = [:],
    shapeInputs: [Int: ValueShape] = [:], opsets: ClosedRange<Int> = 1...Int.max
  ) {
    self.type = type
    self.attributes = attributes
    self.constantInputs = constantInputs
    self.shapeInputs = shapeInputs
    self.opsets = opsets
  }
}

/// An operator that ONNX has.
public protocol ONNXOperator: Operator {
  /// The positions of ONNX inputs that become attributes here (a Reshape's shape, a Slice's starts).
  static var attributeInputs: Set<Int> { get }

  /// Reads the operator from a file's node; covers every opset from 7 to 28 in which its meaning is the same.
  /// - Throws: `PareError.unsupported` for a form that Pare does not run, `.badInput` for a damaged one.
  init(record: NodeRecord) throws

  /// The operator as opset 17 (or later, where it needs to be) has it.
  func form() -> NodeForm
}

extension ONNXOperator {
  /// No ONNX input becomes an attribute.
  public static var attributeInputs: Set<Int> { [] }
}
