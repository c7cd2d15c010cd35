import Datasets
import Tensors

/// Samples that are rows of arrays, for tests that need data of their own.
public struct ArraySamples: SampleSource {
  package let inputs: [SampleInput]
  package let isImages = false
  package let count: Int
  private let arrays: [Tensor]

  /// A split of float32 rows under one input name.
  public static func split(
    name: String = "train", input: String = "input", _ rows: Tensor, labels: [Int]?, classes: Int? = nil
  ) -> Split {
    Split(
      name: name, source: ArraySamples(input: input, rows),
      classes: classes.map { (0..<$0).map { "class \($0)" } }, labels: labels)
  }

  private init(input: String, _ rows: Tensor) {
    inputs = [
      SampleInput(name: input, shape: Shape(Array(rows.shape.dimensions.dropFirst())), dataType: rows.dataType)
    ]
    count = rows.shape[0]
    arrays = [rows]
  }

  package func fill(_ samples: ArraySlice<Int>, placements: [Placement]?, into tensors: inout [Tensor]) throws {
    let size = inputs[0].shape.count * inputs[0].dataType.size
    arrays[0].withUnsafeBytes { source in
      tensors[0].withUnsafeMutableBytes { target in
        for (row, sample) in samples.enumerated() where size > 0 {
          (target.baseAddress! + row * size).copyMemory(from: source.baseAddress! + sample * size, byteCount: size)
        }
      }
    }
  }

  package func identities() throws -> [(name: String, hash: UInt64)] { (0..<count).map { ("", UInt64($0)) } }
}
