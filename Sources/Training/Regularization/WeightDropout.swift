import CKernels
import Engine
import Tensors

/// Targeted dropout at work: leaves weights of a state out of an update's passes and puts them back.
final class WeightDropout {
  private let dropout: TargetedDropout
  private let state: TrainingState
  private let names: [String]
  private let seed: UInt64
  /// Of the layer at hand: -|w|, and 1 for each weight that may be left out.
  private var sizes: [Float] = []
  private var isCandidate: [Float] = []
  /// What was left out: the layer, the weight's place in it, and its value.
  private var leftOut: [(name: Int, place: Int, value: Float)] = []

  init(_ dropout: TargetedDropout, of state: TrainingState, named names: [String], seed: UInt64) {
    self.dropout = dropout
    self.state = state
    self.names = names
    self.seed = seed
  }

  /// Leaves weights out until `restore`: of each layer the ⌊share · n⌋ smallest are candidates, of equal ones the first,
  /// and each is drawn for.
  func leaveOut(update: Int) {
    for (index, name) in names.enumerated() {
      let weights = UnsafeMutableBufferPointer(
        start: state.memory.pointer(to: name).assumingMemoryBound(to: Float.self),
        count: state.memory.places[name]!.shape.count)
      sizes.removeAll(keepingCapacity: true)
      for weight in weights { sizes.append(-abs(weight)) }
      isCandidate.removeAll(keepingCapacity: true)
      isCandidate.append(contentsOf: repeatElement(0, count: weights.count))
      pk_top_k_mask(
        1, Int64(weights.count), 1, Int64(dropout.share * Double(weights.count)), sizes, &isCandidate)
      var random = RandomSource(seed: seed, 0x7D20, UInt64(update), UInt64(index))
      for place in weights.indices where isCandidate[place] > 0 && random.uniform() < dropout.rate {
        leftOut.append((index, place, weights[place]))
        weights[place] = 0
      }
    }
    state.memory.markChanged()
  }

  /// Puts the weights back; those that were left out have no gradient.
  func restore() {
    for (index, place, value) in leftOut {
      let offset = place * MemoryLayout<Float>.stride
      (state.memory.pointer(to: names[index]) + offset).storeBytes(of: value, as: Float.self)
      (state.gradientAddress(names[index]) + offset).storeBytes(of: 0, as: Float.self)
    }
    leftOut.removeAll(keepingCapacity: true)
    state.memory.markChanged()
  }
}
