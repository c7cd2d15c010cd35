import COneDNN
import Testing

/// A status that is not success, by the name of the call that returned it.
struct StatusError: Error, CustomStringConvertible {
  let call: String
  let status: Int32
  var description: String { "\(call): \(String(cString: pdnn_status_name(status)))" }
}

/// Throws if a call of the shim failed.
func check(_ status: Int32, _ call: String) throws {
  if status != 0 { throw StatusError(call: call, status: status) }
}

/// Aligned bytes that last as long as the object.
final class Buffer {
  let pointer: UnsafeMutableRawPointer
  let count: Int

  init(count: Int) {
    self.count = count
    pointer = .allocate(byteCount: max(count, 1), alignment: 64)
    pointer.initializeMemory(as: UInt8.self, repeating: 0xA5, count: max(count, 1))
  }

  convenience init(_ values: [Float]) {
    self.init(count: values.count * 4)
    values.withUnsafeBytes { pointer.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  }

  deinit { pointer.deallocate() }

  var floats: [Float] {
    Array(UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: Float.self), count: count / 4))
  }
}

/// An operation of the shim with its scratchpad.
final class Operation {
  let handle: OpaquePointer
  let scratch: Buffer

  private init(_ call: String, _ create: (UnsafeMutablePointer<OpaquePointer?>) -> Int32) throws {
    var handle: OpaquePointer?
    try check(create(&handle), call)
    self.handle = handle!
    scratch = Buffer(count: pdnn_scratchpad_bytes(self.handle))
  }

  convenience init(_ spec: pdnn_conv_spec, weightScales: [Float] = []) throws {
    try self.init("pdnn_conv_create") { out in
      weightScales.withUnsafeBufferPointer { scales in
        var spec = spec
        spec.weight_scales = scales.baseAddress
        spec.weight_scale_count = Int64(scales.count)
        return pdnn_conv_create(&spec, out)
      }
    }
  }

  convenience init(_ spec: pdnn_matmul_spec, columnScales: [Float] = []) throws {
    try self.init("pdnn_matmul_create") { out in
      columnScales.withUnsafeBufferPointer { scales in
        var spec = spec
        spec.column_scales = scales.baseAddress
        spec.column_scale_count = Int64(scales.count)
        return pdnn_matmul_create(&spec, out)
      }
    }
  }

  convenience init(from: pdnn_tensor, to: pdnn_tensor) throws {
    try self.init("pdnn_reorder_create") { out in
      var from = from
      var to = to
      return pdnn_reorder_create(&from, &to, out)
    }
  }

  deinit { pdnn_destroy(handle) }

  /// Weights as the operation wants them.
  func packedWeights(_ plain: Buffer) throws -> Buffer {
    let packed = Buffer(count: pdnn_weights_bytes(handle))
    try check(pdnn_pack_weights(handle, plain.pointer, packed.pointer), "pdnn_pack_weights")
    return packed
  }

  /// A bias as the operation wants it.
  func packedBias(_ bias: [Float]) throws -> Buffer {
    let packed = Buffer(count: pdnn_bias_bytes(handle))
    try check(pdnn_pack_bias(handle, bias, packed.pointer), "pdnn_pack_bias")
    return packed
  }
}

extension pdnn_tensor {
  init(_ shape: [Int], _ type: pdnn_type = PDNN_F32, _ layout: pdnn_layout = PDNN_PLAIN) {
    self.init()
    ndims = Int32(shape.count)
    withUnsafeMutableBytes(of: &dims) { bytes in
      let dims = bytes.bindMemory(to: Int64.self)
      for (i, size) in shape.enumerated() { dims[i] = Int64(size) }
    }
    self.type = type
    self.layout = layout
  }

  var plainFloat: pdnn_tensor {
    var tensor = self
    tensor.type = PDNN_F32
    tensor.layout = PDNN_PLAIN
    return tensor
  }

  func emptyBuffer() -> Buffer {
    var tensor = self
    return Buffer(count: pdnn_tensor_bytes(&tensor))
  }

  /// Row-major values laid out and converted as this tensor wants them.
  func buffer(_ values: [Float]) throws -> Buffer {
    let reorder = try Operation(from: plainFloat, to: self)
    let source = Buffer(values)
    let out = emptyBuffer()
    try check(
      pdnn_reorder_execute(reorder.handle, source.pointer, out.pointer, reorder.scratch.pointer), "reorder")
    return out
  }

  /// The row-major values of a buffer laid out as this tensor.
  func values(_ buffer: Buffer) throws -> [Float] {
    let reorder = try Operation(from: self, to: plainFloat)
    let out = plainFloat.emptyBuffer()
    try check(
      pdnn_reorder_execute(reorder.handle, buffer.pointer, out.pointer, reorder.scratch.pointer), "reorder")
    return out.floats
  }
}

/// Reproducible multiples of 1/8 in -1...1, exact in every floating type.
func eighths(_ count: Int, seed: UInt64) -> [Float] {
  integers(count, in: -8...8, seed: seed).map { $0 / 8 }
}

/// Reproducible whole numbers.
func integers(_ count: Int, in range: ClosedRange<Int>, seed: UInt64) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(range.lowerBound + Int((state >> 33) % UInt64(range.count)))
  }
}

/// The largest difference, relative to the larger of 1 and the expected value; infinite for NaN or other counts.
func largestError(_ actual: [Float], _ expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  return zip(actual, expected).reduce(0) { worst, pair in
    let error = abs(Double(pair.0) - pair.1) / max(1, abs(pair.1))
    return error.isNaN ? .infinity : max(worst, error)
  }
}

extension Trait where Self == ConditionTrait {
  /// On x86 without VNNI oneDNN's products of bytes are not exact, and Pare does not use them.
  static var exactIntegers: Self { .enabled(if: pdnn_has_exact_integers() != 0, "no VNNI: oneDNN's integers saturate") }

  /// Operations on bfloat16, and Winograd, want AVX-512 on x86.
  static var wideVectors: Self { .enabled(if: pdnn_has_avx512() != 0, "no AVX-512") }
}
