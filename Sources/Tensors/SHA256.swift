/// The SHA-256 hash of bytes that arrive in pieces (FIPS 180-4): fingerprints of data, files and reports.
package struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var length: UInt64 = 0

  /// The hash of nothing yet.
  package init() {}

  /// Adds bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    length &+= UInt64(bytes.count)
    var offset = 0
    if !pending.isEmpty {
      offset = min(64 - pending.count, bytes.count)
      pending.append(contentsOf: bytes[..<offset])
      if pending.count < 64 { return }
      pending.withUnsafeBytes { Self.compress($0, 1, &state) }
      pending.removeAll(keepingCapacity: true)
    }
    let blocks = (bytes.count - offset) / 64
    Self.compress(UnsafeRawBufferPointer(rebasing: bytes[offset...]), blocks, &state)
    pending.append(contentsOf: bytes[(offset + blocks * 64)...])
  }

  /// Adds bytes.
  package mutating func update(_ bytes: some Sequence<UInt8>) { Array(bytes).withUnsafeBytes { update($0) } }

  /// Adds a text in UTF-8, and a byte that no text holds, so that joined texts differ from split ones.
  package mutating func update(_ text: String) { update(Array(text.utf8) + [0xFF]) }

  /// Adds a number, as 8 bytes, lowest first.
  package mutating func update(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { update($0) } }

  /// The 32 bytes of the hash of everything added so far.
  package func finalized() -> [UInt8] {
    var last = self
    let bits = length &* 8
    let zeros = (119 - pending.count) % 64
    last.update([0x80] + [UInt8](repeating: 0, count: zeros) + withUnsafeBytes(of: bits.bigEndian) { Array($0) })
    return last.state.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
  }

  /// The hash in 64 hexadecimal digits.
  package var hexadecimal: String { Self.hexadecimal(finalized()) }

  /// The hash of bytes in hexadecimal digits.
  package static func hexadecimal(of bytes: UnsafeRawBufferPointer) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexadecimal
  }

  /// The hash of bytes in hexadecimal digits.
  package static func hexadecimal(of bytes: [UInt8]) -> String { bytes.withUnsafeBytes { hexadecimal(of: $0) } }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Mixes `blocks` blocks of 64 bytes into the state.
  private static func compress(_ bytes: UnsafeRawBufferPointer, _ blocks: Int, _ state: inout [UInt32]) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      for block in 0..<blocks {
        for i in 0..<16 {
          let word = bytes.loadUnaligned(fromByteOffset: block &* 64 &+ i &* 4, as: UInt32.self)
          schedule[i] = UInt32(bigEndian: word)
        }
        for i in 16..<64 {
          let x = schedule[i &- 15], y = schedule[i &- 2]
          let s0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >> 3), s1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >> 10)
          schedule[i] = schedule[i &- 16] &+ s0 &+ schedule[i &- 7] &+ s1
        }
        mix(schedule, &state)
      }
    }
  }

  private static func mix(_ schedule: UnsafeMutableBufferPointer<UInt32>, _ state: inout [UInt32]) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    roundConstants.withUnsafeBufferPointer { constants in
      for i in 0..<64 {
        let s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        let t1 = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ constants[i] &+ schedule[i]
        let s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
        let t2 = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
        (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
      }
    }
    for (i, word) in [a, b, c, d, e, f, g, h].enumerated() { state[i] &+= word }
  }

  @inline(__always)
  private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 &- count) }

  private static let roundConstants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}
