import Foundation
import Graphs
import OrderedCollections
import SwiftProtobuf
import Tensors

/// Reads networks in the ONNX format: IR versions up to 14, operator sets 7 to 28.
///
/// What is read differently from how it stands in the file, without changing what the network computes:
/// - shape arithmetic and nodes whose inputs are all constants are replaced by what they come to; nodes that no output
///   needs are left out;
/// - 16-bit and 64-bit floats are computed in float32. 16-bit weights stay stored in 16 bits (`CodedTensor`); inputs and
///   outputs of those types are float32 in the graph, and the writer declares them as they were;
/// - a batch of 1 that is written out becomes any batch, where every shape rule agrees;
/// - a weight that is also declared as an input (a default value) is a weight;
/// - an operator that Pare does not know becomes an `OpaqueOperator`.
public struct ONNXReader {
  /// The versions of the standard operator set that are read.
  public static let opsets = 7...28

  private let proto: Onnx_ModelProto
  private let opset: Int
  private let tensors: TensorReading
  private let inputShapes: [String: Shape]
  private let constants: [String: Tensor]

  /// Prepares to read a file's bytes.
  /// - Parameters:
  ///   - folder: where weights in other files are looked for; nil refuses them.
  ///   - inputShapes: shapes by input, for inputs that leave extents open besides the batch.
  ///   - constants: values by input, for inputs that are to be constants.
  /// - Throws: `PareError.badInput` where the bytes are no ONNX network, `.unsupported` for another version.
  init(
    bytes: some SwiftProtobufContiguousBytes, folder: URL?, inputShapes: [String: Shape],
    constants: [String: Tensor] = [:]
  ) throws {
    let tensors = TensorReading(externalData: folder.map { ExternalData(folder: $0) })
    try self.init(Onnx_ModelProto(reading: bytes), tensors, inputShapes: inputShapes, constants: constants)
  }

  init(
    _ proto: Onnx_ModelProto, _ tensors: TensorReading, inputShapes: [String: Shape], constants: [String: Tensor]
  ) throws {
    self.proto = proto
    self.tensors = tensors
    guard proto.hasGraph, proto.hasIrVersion, proto.irVersion > 0 else {
      throw PareError(.badInput, "this is not an ONNX network: it has no graph or no version")
    }
    guard proto.irVersion <= 14 else {
      throw PareError(.unsupported, "the file's IR version is \(proto.irVersion); Pare reads up to 14")
    }
    let standard = proto.opsetImport.filter(\.domain.isStandardDomain).map(\.version).max()
    guard let standard = standard ?? (proto.opsetImport.isEmpty ? nil : 17) else {
      throw PareError(.badInput, "the file does not say which operator set it uses")
    }
    guard let opset = Int(exactly: standard), Self.opsets.contains(opset) else {
      throw PareError(
        .unsupported,
        "the file uses operator set \(standard); Pare reads \(Self.opsets.lowerBound) to "
          + "\(Self.opsets.upperBound); convert it with onnx.version_converter or export it anew")
    }
    self.opset = opset
    self.inputShapes = try proto.graph.named(inputShapes)
    self.constants = constants
  }

  /// The network and what goes with it.
  func model() throws -> Model {
    let (found, carried) = try storedTensors()
    let stored = found.merging(constants) { _, given in given }
    let carriedNames = Set(carried.map(\.name)).union(proto.graph.sparseInitializer.map(\.values.name))
    let known = Set(proto.graph.input.map(\.name)).union(stored.keys).union(carriedNames)
    let nodes = try proto.graph.orderedNodes(known: known)
    for name in inputShapes.keys.sorted() where !proto.graph.input.contains(where: { $0.name == name }) {
      throw PareError(.usage, "a shape is given for \"\(name)\", which is no input of the network")
    }

    func importer(loosensBatch: Bool, widensFloats: Bool) -> GraphImporter {
      GraphImporter(
        proto: proto.graph, opset: opset,
        domains: Dictionary(proto.opsetImport.map { ($0.domain, Int($0.version)) }) { $1 },
        ports: InputPorts(shapes: inputShapes, loosensBatch: loosensBatch, widensFloats: widensFloats),
        stored: stored, carried: carriedNames, tensors: tensors)
    }
    let graph = try loosened(nodes, importer) ?? plain(nodes, importer)
    try graph.validate()
    try checkWeights(of: graph)
    return Model(
      graph, metadata: Dictionary(proto.metadataProps.map { ($0.key, $0.value) }) { $1 },
      documentation: proto.docString, producer: producer, opset: opset,
      carryOver: try carryOver(carried).serializedBytes())
  }

  /// The graph for any batch, where the file has a batch of 1 and nothing depends on it.
  private func loosened(_ nodes: [Onnx_NodeProto], _ importer: (Bool, Bool) -> GraphImporter) throws -> Graph? {
    guard proto.graph.input.contains(where: InputPorts.hasFixedBatch) else { return nil }
    var attempt = importer(true, true)
    guard let graph = try? attempt.imported(nodes: nodes), !attempt.hasOpaqueNodes else { return nil }
    for (declared, output) in zip(proto.graph.output, graph.outputs) {
      let type = declared.type.tensorType
      guard type.hasShape, let shape = output.type.shape else { continue }
      guard shape.rank == type.shape.dim.count else { return nil }
      for (axis, extent) in type.shape.dim.enumerated() {
        guard case .dimValue(let value)? = extent.value else { continue }
        guard shape[axis].bound(toBatch: 1) == Int(value) else { return nil }
        // Rows of several samples one after the other are not what a caller of this output expects.
        if value != 1, shape[axis].fixedExtent == nil { return nil }
        if axis == 0, value == 1, shape[0].fixedExtent != nil { return nil }
      }
    }
    return graph
  }

  private func plain(_ nodes: [Onnx_NodeProto], _ importer: (Bool, Bool) -> GraphImporter) throws -> Graph {
    var attempt = importer(false, true)
    let graph = try attempt.imported(nodes: nodes)
    guard attempt.opaqueNodesNeedExactTypes else { return graph }
    // An operator that Pare does not know must get the types that it had.
    var exact = importer(false, false)
    return try exact.imported(nodes: nodes)
  }

  private func storedTensors() throws -> (stored: OrderedDictionary<String, Tensor>, carried: [Onnx_TensorProto]) {
    var stored: OrderedDictionary<String, Tensor> = [:]
    var carried: [Onnx_TensorProto] = []
    for tensor in proto.graph.initializer {
      guard let read = try tensors.tensor(tensor) else {
        carried.append(tensor)
        continue
      }
      guard !tensor.name.isEmpty, stored.updateValue(read, forKey: tensor.name) == nil else {
        throw PareError(.badInput, "the weight \"\(tensor.name)\" stands twice in the file; the file is damaged")
      }
    }
    return (stored, carried)
  }

  /// Refuses weights that are not numbers: whatever is computed from them would not be either.
  private func checkWeights(of graph: Graph) throws {
    for (name, role) in graph.roles() where role != .constant && role != .quantization {
      guard let parameter = graph.parameters[name], parameter.dataType.isFloat, !parameter.tensor.isFinite else {
        continue
      }
      throw PareError(
        .badInput, "a weight is infinite or not a number; the network was saved after its training diverged",
        context: ["tensor": name])
    }
  }

  private var producer: String {
    [proto.producerName, proto.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The file without what the graph and the model hold themselves.
  private func carryOver(_ tensors: [Onnx_TensorProto]) -> Onnx_ModelProto {
    var rest = proto
    rest.metadataProps = []
    rest.clearDocString()
    rest.clearProducerName()
    rest.clearProducerVersion()
    rest.trainingInfo = []
    rest.graph.node = []
    rest.graph.valueInfo = []
    rest.graph.initializer = tensors
    rest.graph.clearName()
    return rest
  }
}

extension Onnx_ModelProto {
  /// Reads a file's message.
  /// - Throws: `PareError.badInput` where the bytes are none.
  init(reading bytes: some SwiftProtobufContiguousBytes) throws {
    do {
      self = try Onnx_ModelProto(serializedBytes: bytes)
    } catch {
      throw PareError(.badInput, "this is not an ONNX network, or the file is damaged or cut off")
    }
  }
}

extension Onnx_GraphProto {
  /// Shapes by input, one given without a name taken for the only input's.
  fileprivate func named(_ shapes: [String: Shape]) throws -> [String: Shape] {
    guard let shape = shapes[""] else { return shapes }
    let stored = Set(initializer.map(\.name))
    let names = input.map(\.name).filter { !stored.contains($0) }
    guard names.count == 1 else {
      throw PareError(
        .usage,
        "a shape is given without a name, but the network has the inputs \(names.joined(separator: ", ")); "
          + "name one, for instance --input \(names.first ?? "NAME")=1x3x224x224")
    }
    return shapes.merging([names[0]: shape]) { given, _ in given }.filter { !$0.key.isEmpty }
  }
}
