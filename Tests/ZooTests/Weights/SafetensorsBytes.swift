import Foundation

/// Bytes of safetensors files, right and wrong.
enum SafetensorsBytes {
  /// A file of a header and the bytes behind it.
  static func file(header: String, data: [UInt8] = []) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
  }

  /// A file of float32 tensors.
  static func file(_ tensors: [(name: String, shape: [Int], values: [Float])]) -> [UInt8] {
    var (entries, data): ([String], [UInt8]) = ([], [])
    for tensor in tensors {
      let start = data.count
      for value in tensor.values { data += withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),\"data_offsets\":[\(start),\(data.count)]}")
    }
    return file(header: "{\"__metadata__\":{\"format\":\"pt\"},\(entries.joined(separator: ","))}", data: data)
  }
}
