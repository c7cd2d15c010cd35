import CKernels
import Graphs
import Tensors

/// A function of one 8-bit integer, tabulated: what functions of one quantized value, or a change of its scale, amount to.
/// Exists only inside compiled programs.
package struct LookupTable: Operator {
  package static let kind = "LookupTable"
  /// The results' bit patterns by the bit pattern of the input; 256.
  package let table: [UInt8]
  /// int8 or uint8.
  package let dataType: DataType

  /// Tabulates a function of numbers.
  init(
    from source: IntegerFormat, to target: IntegerFormat, _ function: (Tensor) throws -> Tensor = { $0 }
  ) throws {
    let numbers = (0..<256).map { pattern in
      source.number(source.dataType == .int8 ? Int(Int8(truncatingIfNeeded: pattern)) : pattern)
    }
    table = try function(Tensor(numbers)).floats.map { UInt8(truncatingIfNeeded: target.integer($0)) }
    dataType = target.dataType
  }

  package func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    [ValueType(dataType, inputs[0]!.type.shape)]
  }

  package func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let x = inputs[0]!
    let results = x.withUnsafeBytes { $0.map { table[Int($0)] } }
    return [try results.withUnsafeBytes { try Tensor(bytes: $0, shape: x.shape, dataType: dataType) }]
  }
}

extension LookupTable {
  /// The table for a value that is a function of one quantized value, and the name of that value's integers; nil where it
  /// is not.
  static func tabulated(
    _ value: String, _ target: IntegerFormat, _ graph: Graph, _ producers: [String: Int],
    _ dequantized: [String: Dequantized]
  ) throws -> (source: String, table: LookupTable)? {
    var path = PointwisePath(graph, producers, dequantized)
    guard path.follow(value), let name = path.source, let source = dequantized[name], source.constant == nil,
      let format = source.format
    else { return nil }
    let nodes = path.nodes.sorted().map { graph.nodes[$0] }
    let table = try LookupTable(from: format, to: target) { numbers in
      var values = [name: numbers]
      for node in nodes {
        let inputs = node.inputs.map { input in
          input.isEmpty ? nil : values[input] ?? graph.parameters[input]?.tensor.reshaped(to: [])
        }
        values[node.outputs[0]] = try node.op.evaluate(inputs, in: EvaluationContext(batch: 1))[0]
      }
      return values[value]!
    }
    return (source.integers, table)
  }
}

/// The pointwise operators between a value and the one quantized value that it depends on.
private struct PointwisePath {
  private(set) var nodes = Set<Int>()
  private(set) var source: String?
  private let graph: Graph
  private let producers: [String: Int]
  private let dequantized: [String: Dequantized]

  init(_ graph: Graph, _ producers: [String: Int], _ dequantized: [String: Dequantized]) {
    self.graph = graph
    self.producers = producers
    self.dequantized = dequantized
  }

  /// Whether everything behind a value is pointwise, single numbers, and one quantized value.
  mutating func follow(_ value: String) -> Bool {
    if dequantized[value]?.format != nil {
      guard source == nil || source == value else { return false }
      source = value
      return true
    }
    if let parameter = graph.parameters[value] { return parameter.shape.count == 1 && parameter.dataType == .float32 }
    guard let index = producers[value], graph.nodes[index].op is any Pointwise, graph.nodes[index].outputs.count == 1
    else { return false }
    if !nodes.insert(index).inserted { return true }
    for input in graph.nodes[index].inputs where !input.isEmpty {
      guard follow(input) else { return false }
    }
    return true
  }
}

/// The table by Pare's own kernel, in whatever layout the integers have.
enum LookupTableKernel: KernelProvider {
  static let kind = LookupTable.kind

  static func plan(_ request: KernelRequest) throws -> KernelPlan? {
    guard let op = request.node.op as? LookupTable, let x = request.inputs[0] else { return nil }
    let count = Int64(x.shape.count)
    let table = op.table
    var plan = KernelPlan(inputLayouts: [nil], outputLayouts: [x.layout]) {
      ClosureKernel { pk_lookup(count, $0.inputs[0]!, table, $0.outputs[0]!) }
    }
    plan.inPlace = [(0, 0)]
    return plan
  }
}
