#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A block of memory aligned to 64 bytes, owned by the tensors that share it.
///
/// `@unchecked Sendable` holds because a block is written only while exactly one tensor refers to it
/// (`Tensor` copies it first otherwise), as the standard library's arrays do.
final class TensorStorage: @unchecked Sendable {
  static let alignment = 64
  let bytes: UnsafeMutableRawBufferPointer

  /// Allocates zeroed memory.
  init(byteCount: Int) {
    let padded = max((byteCount + Self.alignment - 1) / Self.alignment * Self.alignment, Self.alignment)
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: padded, alignment: Self.alignment)
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: padded)
    bytes = UnsafeMutableRawBufferPointer(start: pointer, count: byteCount)
  }

  /// Copies memory.
  init(copying source: UnsafeRawBufferPointer) {
    let padded = max((source.count + Self.alignment - 1) / Self.alignment * Self.alignment, Self.alignment)
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: padded, alignment: Self.alignment)
    bytes = UnsafeMutableRawBufferPointer(start: pointer, count: source.count)
    if let base = source.baseAddress { pointer.copyMemory(from: base, byteCount: source.count) }
  }

  deinit { bytes.baseAddress?.deallocate() }
}
