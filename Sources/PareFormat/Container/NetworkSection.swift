import Graphs
import ONNXFormat
import Tensors

/// The network without its weights: the operator set of its origin (a count), what wrote its origin (the length as a
/// count, then text in UTF-8), and as packed bytes an ONNX `ModelProto` whose initializers have no elements.
struct NetworkSection {
  /// The operator set of the file that the network first came from.
  let opset: Int
  /// What wrote the file that the network first came from.
  let producer: String
  /// The network.
  let network: DetachedNetwork

  /// The content of a section.
  static func content(of model: Model, message: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(count: max(model.opset, 0))
    writer.append(count: model.producer.utf8.count)
    writer.append(model.producer.utf8)
    message.withUnsafeBufferPointer { PackedBytes.write($0, to: &writer) }
    return writer.bytes
  }

  /// Reads a section.
  /// - Throws: `PareError.badInput` where it is damaged.
  init(_ content: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(content)
    opset = try reader.count()
    producer = String(decoding: try reader.piece(reader.count()), as: UTF8.self)
    network = try DetachedNetwork(bytes: PackedBytes.read(from: &reader))
    try reader.finish()
  }

  /// The network with its weights.
  /// - Throws: what reading an `.onnx` file throws.
  func model(
    with tensors: [Tensor], inputShapes: [String: Shape], constants: [String: Tensor]
  ) throws -> Model {
    var model = try network.model(with: tensors, inputShapes: inputShapes, constants: constants)
    model.opset = opset
    model.producer = producer
    return model
  }
}
