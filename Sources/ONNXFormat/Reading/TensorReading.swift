import Foundation
import Tensors

/// Reads a file's tensors: raw bytes, typed fields and external data, with every length checked.
struct TensorReading {
  /// Where external data lies; nil where the network came as bytes alone.
  var externalData: ExternalData?
  /// Tensors by name whose elements are kept apart from the file's message, see `DetachedNetwork`.
  var detached: [String: Tensor] = [:]

  /// The tensor; nil where its element type is one that Pare does not compute with.
  /// - Throws: `PareError.badInput` naming the tensor, where its data do not fit its shape.
  func tensor(_ proto: Onnx_TensorProto) throws -> Tensor? {
    guard let type = DataType(onnx: proto.dataType) else {
      guard Onnx_TensorProto.DataType(rawValue: Int(proto.dataType)) != nil, proto.dataType != 0 else {
        throw damaged(proto, "its element type \(proto.dataType) does not exist")
      }
      return nil
    }
    guard proto.dims.allSatisfy({ $0 >= 0 }) else { throw damaged(proto, "its shape \(proto.dims) is not one") }
    let shape = Shape(proto.dims.map { Int($0) })
    guard let count = shape.checkedCount else { throw damaged(proto, "its shape \(shape) is too large") }
    guard !proto.hasSegment else {
      throw PareError(.unsupported, "a tensor in segments is not read", context: ["tensor": proto.name])
    }
    if proto.dataLocation == .external {
      if proto.isDetached, let tensor = detached[proto.name] { return tensor }
      guard let externalData else {
        throw PareError(
          .badInput, "the weights lie in another file; read the network from its file, not from bytes",
          context: ["tensor": proto.name])
      }
      return try externalData.withBytes(of: proto, count: count * type.size) {
        try Tensor(bytes: $0, shape: shape, dataType: type)
      }
    }
    if proto.hasRawData {
      guard proto.rawData.count == count * type.size else {
        throw damaged(
          proto, "it has \(proto.rawData.count) bytes where \(type.rawValue) \(shape) takes \(count * type.size)")
      }
      return try proto.rawData.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dataType: type) }
    }
    return try typedTensor(proto, shape, type)
  }

  private func typedTensor(_ proto: Onnx_TensorProto, _ shape: Shape, _ type: DataType) throws -> Tensor {
    func made<Element, Stored>(_ values: [Stored], _ convert: (Stored) -> Element) throws -> Tensor
    where Element: TensorElement {
      guard values.count == shape.count else {
        throw damaged(proto, "it has \(values.count) values where its shape \(shape) has \(shape.count)")
      }
      return Tensor(values.map(convert), shape: shape)
    }
    switch type {
    case .float32: return try made(proto.floatData) { $0 }
    case .float64: return try made(proto.doubleData) { $0 }
    case .int64: return try made(proto.int64Data) { $0 }
    case .uint64: return try made(proto.uint64Data) { $0 }
    case .uint32: return try made(proto.uint64Data) { UInt32(truncatingIfNeeded: $0) }
    case .int32: return try made(proto.int32Data) { $0 }
    case .int16: return try made(proto.int32Data) { Int16(truncatingIfNeeded: $0) }
    case .int8: return try made(proto.int32Data) { Int8(truncatingIfNeeded: $0) }
    case .uint16: return try made(proto.int32Data) { UInt16(truncatingIfNeeded: $0) }
    case .uint8: return try made(proto.int32Data) { UInt8(truncatingIfNeeded: $0) }
    case .bool: return try made(proto.int32Data) { $0 != 0 }
    case .float16, .bfloat16:
      let bits = try made(proto.int32Data) { UInt16(truncatingIfNeeded: $0) }
      return try bits.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dataType: type) }
    }
  }

  private func damaged(_ proto: Onnx_TensorProto, _ reason: String) -> PareError {
    PareError(.badInput, "a tensor is damaged: \(reason)", context: ["tensor": proto.name])
  }
}
