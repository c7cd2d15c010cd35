import CImages
import Tensors

/// Images that are decoded when a batch asks for them, because all of them would not fit in memory.
struct ImageFileSource: SampleSource {
  let inputs: [SampleInput]
  let isImages = true
  private let folder: String
  private let files: [String]
  private let preparer: ImagePreparer

  init(folder: String, files: [String], options: LoadingOptions, _ preparation: Preparation) {
    inputs = [SampleInput(name: options.inputName, shape: preparation.shape, dataType: .float32)]
    self.folder = folder
    self.files = files
    preparer = ImagePreparer(preparation: preparation)
  }

  var count: Int { files.count }

  /// Working memory of one thread.
  private struct Scratch {
    var file: [UInt8] = []
    var resized: [UInt8] = []
    var planes: [UInt8] = []
  }

  func fill(_ samples: ArraySlice<Int>, placements: [Placement]?, into tensors: inout [Tensor]) throws {
    let writer = PixelWriter(preparer.preparation)
    var scratch = Scratch(planes: [UInt8](repeating: 0, count: writer.count))
    for (index, sample) in samples.enumerated() {
      try withFile(sample, &scratch.file) { bytes in
        try preparer.prepare(bytes, into: &scratch.planes, scratch: &scratch.resized)
      }
      tensors[0].withUnsafeMutableBytes { target in
        let floats = target.assumingMemoryBound(to: Float.self).baseAddress!
        writer.write(scratch.planes, placements?[index] ?? .identity, to: floats, at: index)
      }
    }
  }

  func identities() throws -> [(name: String, hash: UInt64)] {
    var buffer: [UInt8] = []
    return try files.indices.map { index in
      try withFile(index, &buffer) { (files[index], $0.contentHash) }
    }
  }

  /// Decodes every image into memory, on several threads.
  /// - Throws: `PareError.badInput` naming the first file that cannot be read.
  func decodeAll(threads: Int) throws -> PixelSource {
    let (height, width) = (preparer.preparation.height, preparer.preparation.width)
    var pixels = Tensor(
      zeros: Shape([count, preparer.preparation.channels, height, width]), dataType: .uint8)
    let hashes = try pixels.withUnsafeMutableBytes { target in
      // Each index writes its own part only, and the call returns when all have ended.
      nonisolated(unsafe) let planes = target.assumingMemoryBound(to: UInt8.self).baseAddress!
      var hashes = [UInt64](repeating: 0, count: count)
      try hashes.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let hashes = buffer.baseAddress!
        try ParallelWork.forEach(count, threads: threads, scratch: { Scratch() }) { index, scratch in
          hashes[index] = try withFile(index, &scratch.file) { bytes in
            try preparer.prepare(bytes, into: planes + index * preparer.byteCount, scratch: &scratch.resized)
            return bytes.contentHash
          }
        }
      }
      return hashes
    }
    return PixelSource(
      inputName: inputs[0].name, preparer.preparation, pixels: pixels, divisor: 255,
      identities: Array(zip(files, hashes)))
  }

  private func withFile<Result>(
    _ index: Int, _ buffer: inout [UInt8], _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let path = folder + "/" + files[index]
    do {
      let count = try FileBytes.read(path, into: &buffer)
      return try buffer.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    } catch let error as PareError {
      throw error.within("file", path)
    }
  }
}

extension UnsafeRawBufferPointer {
  /// A 64-bit hash of the bytes, for fingerprints.
  var contentHash: UInt64 { pare_bytes_hash(baseAddress?.assumingMemoryBound(to: UInt8.self), count) }
}
