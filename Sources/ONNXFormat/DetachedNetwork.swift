import Foundation
import Graphs
import SwiftProtobuf
import Tensors

/// A network in the ONNX format whose weights are kept somewhere else: of each initializer the file's message has name,
/// type and shape, says that its data are external, and does not say where.
package struct DetachedNetwork {
  /// A weight's description.
  package struct Weight: Sendable {
    /// What the file calls it.
    package let name: String
    /// What the network calls it: of a 16-bit weight that is the name of the Cast behind it.
    package fileprivate(set) var parameter: String
    /// The type of its elements.
    package let dataType: DataType
    /// Its extents; the number of elements and of bytes fits into an integer.
    package let shape: Shape
  }

  private let proto: Onnx_ModelProto
  /// The weights that are kept apart, in the file's order.
  package let weights: [Weight]

  /// Reads a file's message.
  /// - Throws: `PareError.badInput` where the bytes are none, or a weight has no shape.
  package init(bytes: [UInt8]) throws {
    let proto = try Onnx_ModelProto(reading: bytes)
    self.proto = proto
    let casts = proto.graph.node.filter { $0.opType == "Cast" && $0.input.count == 1 && $0.output.count == 1 }
    let parameters = Dictionary(casts.map { ($0.input[0], $0.output[0]) }) { first, _ in first }
    weights = try proto.graph.initializer.filter(\.isDetached).map { initializer in
      var weight = try Weight(initializer)
      let isHalf = weight.dataType == .float16 || weight.dataType == .bfloat16
      if isHalf, let parameter = parameters[weight.name] { weight.parameter = parameter }
      return weight
    }
  }

  /// The network with its weights, given in the order in which they are listed.
  /// - Throws: what reading an `.onnx` file throws.
  package func model(
    with tensors: [Tensor], inputShapes: [String: Shape], constants: [String: Tensor]
  ) throws -> Model {
    precondition(tensors.count == weights.count, "\(tensors.count) tensors for \(weights.count) weights")
    // Names that stand twice are refused by the reader.
    let detached = Dictionary(zip(weights.map(\.name), tensors)) { first, _ in first }
    let reading = TensorReading(externalData: nil, detached: detached)
    return try ONNXReader(proto, reading, inputShapes: inputShapes, constants: constants).model()
  }
}

extension Model {
  /// The message of an `.onnx` file that holds the network, without the elements of its weights; and those: raw bytes in
  /// the order of `DetachedNetwork.weights`.
  /// - Throws: `PareError.unsupported` for nodes of training programs.
  package func detached() throws -> (message: [UInt8], weights: [(weight: DetachedNetwork.Weight, bytes: Data)]) {
    var writer = try ONNXWriter(self)
    var proto = try writer.proto()
    var weights: [(weight: DetachedNetwork.Weight, bytes: Data)] = []
    for index in proto.graph.initializer.indices where proto.graph.initializer[index].hasRawData {
      // What is carried along in types that Pare does not compute with stays where it is.
      guard DataType(onnx: proto.graph.initializer[index].dataType) != nil else { continue }
      let bytes = proto.graph.initializer[index].rawData
      proto.graph.initializer[index].clearRawData()
      proto.graph.initializer[index].dataLocation = .external
      weights.append((try DetachedNetwork.Weight(proto.graph.initializer[index]), bytes))
    }
    return (try proto.serializedBytes(), weights)
  }
}

extension DetachedNetwork.Weight {
  fileprivate init(_ proto: Onnx_TensorProto) throws {
    name = proto.name
    parameter = proto.name
    guard let type = DataType(onnx: proto.dataType), proto.dims.allSatisfy({ $0 >= 0 }) else {
      throw PareError(.badInput, "a weight has no type or no shape; the file is damaged", context: ["tensor": name])
    }
    dataType = type
    shape = Shape(proto.dims.map { Int($0) })
    guard shape.checkedCount != nil else {
      throw PareError(.badInput, "a weight's shape \(shape) is too large", context: ["tensor": name])
    }
  }
}

extension Onnx_TensorProto {
  /// Whether the elements are external, but not in a file.
  var isDetached: Bool { dataLocation == .external && externalData.isEmpty }
}
