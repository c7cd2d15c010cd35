import Graphs
import SwiftProtobuf
import Tensors

extension Onnx_AttributeProto {
  /// The attribute in neutral form; what operators have no use for (subgraphs, types) as bytes.
  /// - Throws: `PareError.badInput` for a damaged tensor.
  func value(reading tensors: TensorReading) throws -> AttributeValue {
    switch hasType && type != .undefined ? type : guessedType {
    case .float: return .float(f)
    case .int: return .int(Int(i))
    case .string: return .string(String(decoding: s, as: UTF8.self))
    case .tensor:
      if let tensor = try tensors.tensor(t) { return .tensor(tensor) }
      return .opaque(try serializedBytes())
    case .floats: return .floats(floats)
    case .ints: return .ints(ints.map { Int($0) })
    case .strings: return .strings(strings.map { String(decoding: $0, as: UTF8.self) })
    default: return .opaque(try serializedBytes())
    }
  }

  /// The type of an attribute of a file from before attributes had to state it.
  private var guessedType: AttributeType {
    if hasF { return .float }
    if hasI { return .int }
    if hasS { return .string }
    if hasT { return .tensor }
    if hasG { return .graph }
    if !floats.isEmpty { return .floats }
    if !ints.isEmpty { return .ints }
    if !strings.isEmpty { return .strings }
    return .undefined
  }
}
