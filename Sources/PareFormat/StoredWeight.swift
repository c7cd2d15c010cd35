import Foundation
import ONNXFormat
import Tensors

/// How a `.pare` file holds one weight.
public struct StoredWeight: Sendable, Equatable {
  /// What the network calls the weight.
  public let name: String
  /// The type of the stored elements.
  public let dataType: DataType
  /// The extents.
  public let shape: Shape
  /// The form of the elements: `raw`, `huffman`, `sparse` or `sparse_blocks`.
  public let codec: String
  /// The bytes of the weight's section, its head included.
  public let bytes: Int
}

extension PareFile {
  /// How a file holds its weights, in the file's order; nil for a file that is no `.pare` file.
  /// - Throws: `PareError.badInput` where the file is damaged, `.notFound` where there is none.
  public static func storedWeights(in url: URL) throws -> [StoredWeight]? {
    guard isPareFile(url) else { return nil }
    do {
      return try FileBytes.read(url.path).withUnsafeBytes { bytes in
        var reader = ByteReader(bytes)
        try readHeader(&reader)
        return try NetworkSection(Section.read(.network, from: &reader)).network.weights.map { weight in
          let start = reader.position
          let codec = try WeightSection.codec(of: Section.read(.weight, from: &reader))
          return StoredWeight(
            name: weight.parameter, dataType: weight.dataType, shape: weight.shape, codec: codec.name,
            bytes: reader.position - start)
        }
      }
    } catch let error as PareError {
      throw error.within("file", url.path)
    }
  }
}
