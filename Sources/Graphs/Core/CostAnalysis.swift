import Tensors

/// What one node of a network costs at batch 1.
public struct LayerCost: Codable, Sendable, Equatable {
  /// The node's name.
  public var name: String
  /// The operator.
  public var op: String
  /// The extents of the first output at batch 1; nil where they are unknown.
  public var outputShape: [Int]?
  /// The element type of the first output.
  public var dataType: String?
  /// Trainable numbers that this node is the first to read.
  public var parameters: Int
  /// Those of them that are not zero.
  public var nonzeroParameters: Int
  /// Multiply-accumulates.
  public var macs: Int
  /// Bytes, as stored, of all parameters and constants that this node is the first to read.
  public var weightBytes: Int
  /// Bytes read and written: inputs, outputs and parameters.
  public var memoryAccessBytes: Int

  /// Multiply-accumulates for each byte read or written.
  public var macsPerByte: Double { Double(macs) / Double(max(memoryAccessBytes, 1)) }

  enum CodingKeys: String, CodingKey {
    case name, op, parameters, macs
    case outputShape = "output_shape"
    case dataType = "data_type"
    case nonzeroParameters = "nonzero_parameters"
    case weightBytes = "weight_bytes"
    case memoryAccessBytes = "memory_access_bytes"
  }
}

/// What a network costs at batch 1. Nodes whose shapes are unknown count nothing for what depends on them.
public struct GraphCosts: Codable, Sendable, Equatable {
  /// Trainable numbers: weights (quantized ones included), biases, a normalisation's scale and shift.
  public var parameters: Int
  /// Those of them that are not zero.
  public var nonzeroParameters: Int
  /// Multiply-accumulates of convolutions and matrix products.
  public var macs: Int
  /// Bytes of all parameters and constants as stored, before a file's headers.
  public var weightBytes: Int
  /// Bytes read and written by all nodes.
  public var memoryAccessBytes: Int
  /// The most bytes of values that are alive at once while the nodes run in order; parameters are not counted.
  public var peakActivationBytes: Int
  /// The nodes in order.
  public var layers: [LayerCost]

  enum CodingKeys: String, CodingKey {
    case parameters, macs, layers
    case nonzeroParameters = "nonzero_parameters"
    case weightBytes = "weight_bytes"
    case memoryAccessBytes = "memory_access_bytes"
    case peakActivationBytes = "peak_activation_bytes"
  }
}

extension Graph {
  /// What the network costs at batch 1, in total and per node.
  /// - Throws: what shape inference throws.
  public func costs() throws -> GraphCosts {
    let facts = try facts()
    let shapes = facts.compactMapValues { $0.type.shape?.bound(toBatch: 1) }
    func bytes(_ name: String) -> Int { (shapes[name]?.count ?? 0) * (facts[name]?.type.dataType.size ?? 0) }
    let counted = countedParameters()
    var seen = Set<String>()
    let layers = nodes.map { node in
      var layer = LayerCost(
        name: node.name, op: node.op.kind, outputShape: node.outputs.first.flatMap { shapes[$0]?.dimensions },
        dataType: node.outputs.first.flatMap { facts[$0]?.type.dataType.rawValue }, parameters: 0, nonzeroParameters: 0,
        macs: 0, weightBytes: 0, memoryAccessBytes: 0)
      for input in node.inputs where !input.isEmpty {
        guard let parameter = parameters[input] else {
          layer.memoryAccessBytes += bytes(input)
          continue
        }
        layer.memoryAccessBytes += parameter.byteCount
        guard seen.insert(input).inserted else { continue }
        layer.weightBytes += parameter.byteCount
        if counted.contains(input) {
          layer.parameters += parameter.shape.count
          layer.nonzeroParameters += parameter.tensor.nonzeroCount
        }
      }
      for output in node.outputs where !output.isEmpty { layer.memoryAccessBytes += bytes(output) }
      let outputs = node.outputs.compactMap { shapes[$0] }
      let isKnown = node.inputs.allSatisfy { $0.isEmpty || shapes[$0] != nil }
      if isKnown, !outputs.isEmpty, outputs.count == node.outputs.filter({ !$0.isEmpty }).count {
        layer.macs = node.op.macs(inputs: node.inputs.map { shapes[$0] }, outputs: outputs)
      }
      return layer
    }
    return GraphCosts(
      parameters: layers.reduce(0) { $0 + $1.parameters },
      nonzeroParameters: layers.reduce(0) { $0 + $1.nonzeroParameters }, macs: layers.reduce(0) { $0 + $1.macs },
      weightBytes: parameters.values.reduce(0) { $0 + $1.byteCount },
      memoryAccessBytes: layers.reduce(0) { $0 + $1.memoryAccessBytes },
      peakActivationBytes: peakActivationBytes(bytes), layers: layers)
  }

  /// The parameters that count: trainable ones, and integers that stand for trainable ones behind a dequantization.
  private func countedParameters() -> Set<String> {
    var counted = Set(trainableParameters())
    let derived = parametersAndDerived()
    var trainable = Set<String>()
    for node in nodes.reversed() {
      let isTrainable = node.outputs.contains(where: trainable.contains)
      for (index, input) in node.inputs.enumerated() where derived.contains(input) {
        let role = node.op.role(ofInput: index)
        guard role.isTrainable || (role == .constant && isTrainable) else { continue }
        if parameters[input] == nil {
          trainable.insert(input)
        } else if isTrainable, parameters[input]!.shape.rank > 0 {
          counted.insert(input)
        }
      }
    }
    return counted
  }

  /// The greatest sum of bytes alive at once: inputs from the start, each value from its node to its last reader,
  /// outputs to the end. Values made from parameters alone count as parameters.
  private func peakActivationBytes(_ bytes: (String) -> Int) -> Int {
    let constant = parametersAndDerived()
    var lastUse: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for value in node.inputs + node.outputs where !value.isEmpty { lastUse[value] = index }
    }
    for output in outputs { lastUse[output.name] = nodes.count }
    var alive = inputs.reduce(0) { $0 + bytes($1.name) }
    var peak = alive
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty && !constant.contains(output) { alive += bytes(output) }
      peak = max(peak, alive)
      for value in Set(node.inputs + node.outputs) where lastUse[value] == index && !constant.contains(value) {
        alive -= bytes(value)
      }
    }
    return peak
  }
}

extension Tensor {
  /// How many elements are not zero.
  package var nonzeroCount: Int {
    func count<Number: Numeric>(_: Number.Type) -> Int {
      withUnsafeBytes { bytes in bytes.bindMemory(to: Number.self).reduce(0) { $1 == .zero ? $0 : $0 + 1 } }
    }
    return switch dataType {
    case .float32: count(Float.self)
    case .int8: count(Int8.self)
    default: doubles.count { $0 != 0 }
    }
  }
}
