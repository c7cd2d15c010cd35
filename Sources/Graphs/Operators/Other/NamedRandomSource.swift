import Tensors

extension RandomSource {
  /// The stream of a node that draws at random in training: the same for the same seed and node, independent of every
  /// other node's.
  init(seed: UInt64, node name: String) {
    // FNV-1a, since Swift's own hash changes from run to run.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    self.init(seed: seed, hash)
  }
}
