import Foundation
import ONNXFormat
import Tensors

/// One weight's elements: the codec's number (a byte) and the stored form. Name, type and shape stand in the network's
/// section, whose n-th weight is that of the n-th section.
enum WeightSection {
  /// The content of a section.
  static func content(of weight: DetachedNetwork.Weight, elements: Data) -> [UInt8] {
    let (codec, stored) = elements.withUnsafeBytes { bytes in
      TensorCodecs.shortest(StoredElements(layout: layout(of: weight), bytes: bytes))
    }
    return [codec.number] + stored
  }

  /// Reads a section.
  /// - Throws: `PareError.badInput` where it does not hold exactly the weight's elements.
  static func tensor(_ content: UnsafeRawBufferPointer, of weight: DetachedNetwork.Weight) throws -> Tensor {
    var reader = ByteReader(content)
    let codec = try TensorCodecs.numbered(reader.byte())
    let layout = layout(of: weight)
    guard layout.count * layout.size / TensorCodecs.greatestExpansion < max(reader.left, 1) else {
      throw PareError(.badInput, "a weight of shape \(weight.shape) cannot be in \(reader.left) bytes")
    }
    let tensor = try codec.tensor(layout, from: &reader)
    try reader.finish()
    guard weight.dataType == .bool else { return tensor }
    // Whatever the file holds, a truth value is 0 or 1.
    return try tensor.withUnsafeBytes { try Tensor(bytes: $0, shape: weight.shape, dataType: .bool) }
  }

  /// The codec of a section.
  /// - Throws: `PareError.badInput` where there is no such codec.
  static func codec(of content: UnsafeRawBufferPointer) throws -> any TensorCodec.Type {
    var reader = ByteReader(content)
    return try TensorCodecs.numbered(reader.byte())
  }

  private static func layout(of weight: DetachedNetwork.Weight) -> ElementLayout {
    ElementLayout(shape: weight.shape, dataType: weight.dataType)
  }
}
