#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whole files in and out, with errors that name the file.
package enum FileBytes {
  /// The bytes of a file.
  /// - Throws: `PareError.notFound` where there is none, `PareError.badInput` where it cannot be read.
  package static func read(_ path: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let count = try read(path, into: &bytes)
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Reads a file into the front of a buffer, which grows where it is too small and never shrinks; returns the count.
  /// - Throws: `PareError.notFound` where there is none, `PareError.badInput` where it cannot be read.
  package static func read(_ path: String, into buffer: inout [UInt8]) throws -> Int {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      let reason = String(cString: strerror(errno))
      throw PareError(
        errno == ENOENT ? .notFound : .badInput, "cannot open the file: \(reason)", context: ["file": path])
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw PareError(.badInput, "not a regular file", context: ["file": path])
    }
    let size = Int(status.st_size)
    if buffer.count < size { buffer = [UInt8](repeating: 0, count: size) }
    var count = 0
    while count < size {
      let got = buffer.withUnsafeMutableBytes { bytes in
        #if canImport(Glibc)
          Glibc.read(file, bytes.baseAddress! + count, size - count)
        #else
          Darwin.read(file, bytes.baseAddress! + count, size - count)
        #endif
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else {
        let reason = String(cString: strerror(errno))
        throw PareError(.badInput, "cannot read the file: \(reason)", context: ["file": path])
      }
      if got == 0 { break }
      count += got
    }
    return count
  }

  /// Writes a file beside `path` and renames it, so that a reader sees the old file or the new one, never half of one.
  /// - Throws: `PareError.cannotWrite`; the unfinished file is removed.
  package static func write(_ pieces: [UnsafeRawBufferPointer], to path: String) throws {
    let unfinished = "\(path).\(getpid()).unfinished"
    let file = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else {
      throw PareError(.cannotWrite, "cannot write: \(String(cString: strerror(errno)))", context: ["file": path])
    }
    var isWhole = true
    for piece in pieces where isWhole { isWhole = writeAll(piece, to: file) }
    var failure = errno
    if isWhole, fsync(file) != 0, errno != EINVAL { (isWhole, failure) = (false, errno) }
    if close(file) != 0, isWhole { (isWhole, failure) = (false, errno) }
    if isWhole, rename(unfinished, path) != 0 { (isWhole, failure) = (false, errno) }
    guard isWhole else {
      unlink(unfinished)
      throw PareError(.cannotWrite, "cannot write: \(String(cString: strerror(failure)))", context: ["file": path])
    }
  }

  /// Writes bytes beside the file and renames.
  /// - Throws: `PareError.cannotWrite` with the reason.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    try bytes.withUnsafeBytes { try write([$0], to: path) }
  }

  private static func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
    var offset = 0
    while offset < bytes.count {
      #if canImport(Glibc)
        let put = Glibc.write(file, bytes.baseAddress! + offset, bytes.count - offset)
      #else
        let put = Darwin.write(file, bytes.baseAddress! + offset, bytes.count - offset)
      #endif
      if put < 0, errno == EINTR { continue }
      guard put > 0 else { return false }
      offset += put
    }
    return true
  }
}
