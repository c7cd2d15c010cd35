#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A block of memory aligned to 64 bytes and a multiple of 64 bytes long, owned by the tensors that share it.
///
/// `@unchecked Sendable` holds because a block is written only while exactly one tensor refers to it
/// (`Tensor` copies it first otherwise), as the standard library's arrays do.
final class TensorStorage: @unchecked Sendable {
  static let alignment = 64
  let bytes: UnsafeMutableRawBufferPointer
  private let allocation: UnsafeMutableRawPointer

  /// Allocates zeroed memory. Of a large block the system hands out pages that are zero already, and only those that
  /// are written to: a network of zeros costs no memory.
  convenience init(byteCount: Int) {
    self.init(byteCount: byteCount) { calloc($0, 1) }
  }

  /// Copies memory.
  convenience init(copying source: UnsafeRawBufferPointer) {
    self.init(byteCount: source.count) { malloc($0) }
    bytes.copyMemory(from: source)
  }

  private init(byteCount: Int, allocate: (Int) -> UnsafeMutableRawPointer?) {
    let padded = (byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
    guard let allocation = allocate(padded + Self.alignment) else {
      preconditionFailure("there is no memory for \(byteCount) bytes")
    }
    self.allocation = allocation
    bytes = UnsafeMutableRawBufferPointer(
      start: allocation.alignedUp(toMultipleOf: Self.alignment), count: byteCount)
  }

  deinit { free(allocation) }
}
