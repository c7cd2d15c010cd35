import Foundation
import Tensors

extension Onnx_ModelProto {
  /// Takes the large tensors out of the file, which then names their places in a file beside it.
  /// - Returns: the tensors' bytes in order, with padding between them.
  mutating func takeOutWeights(into location: String) -> [Data] {
    var pieces: [Data] = []
    var offset = 0
    for index in graph.initializer.indices where graph.initializer[index].rawData.count >= 1024 {
      let bytes = graph.initializer[index].rawData
      graph.initializer[index].clearRawData()
      graph.initializer[index].dataLocation = .external
      graph.initializer[index].externalData = [
        ("location", location), ("offset", "\(offset)"), ("length", "\(bytes.count)"),
      ].map { key, value in
        var entry = Onnx_StringStringEntryProto()
        (entry.key, entry.value) = (key, value)
        return entry
      }
      // Aligned, so that a reader can map the weights into memory.
      let padding = (64 - bytes.count % 64) % 64
      pieces += padding == 0 ? [bytes] : [bytes, Data(count: padding)]
      offset += bytes.count + padding
    }
    return pieces
  }
}

extension FileBytes {
  /// Writes pieces of data as one file, beside `path` and renamed.
  /// - Throws: `PareError.cannotWrite`.
  static func write(_ pieces: [Data], to path: String) throws {
    func gather(_ index: Int, _ pointers: [UnsafeRawBufferPointer]) throws {
      guard index < pieces.count else { return try write(pointers, to: path) }
      try pieces[index].withUnsafeBytes { try gather(index + 1, pointers + [$0]) }
    }
    try gather(0, [])
  }
}
