import Engine
import Graphs
import Tensors

/// Dropout of the weights that pruning by size would take: before each update the smallest weights of a layer are left out
/// by chance, so that the network learns not to need them.
///
/// Gomez, Zhang, Kamalakara, Madaan, Swersky, Gal, Hinton 2019, "Learning sparse networks using targeted dropout", section
/// 3: of each layer the fraction γ (`share`) of the weights with the smallest |w| are candidates, and each of these is left
/// out with probability α (`rate`), for one forward and backward pass, in which it has no gradient either. The paper takes
/// candidates output by output, here they are those of the whole layer. Convolutions' and dense layers' weights take part.
public struct TargetedDropout: Codable, Sendable, Equatable {
  /// The share of each layer's weights that are candidates, 0 to 1.
  public var share: Double
  /// The probability with which a candidate is left out, 0 to 1.
  public var rate: Double

  /// Makes the regularisation.
  public init(share: Double, rate: Double) {
    self.share = share
    self.rate = rate
  }

  /// Checks the numbers.
  /// - Throws: `PareError.usage` naming the one that is out of range.
  public func validate() throws {
    guard (0...1).contains(share), (0...1).contains(rate) else {
      throw PareError(
        .usage, "targeted dropout of a share \(share) at a rate \(rate); both must be from 0 to 1")
    }
  }

  /// Which of some weights are left out: the ⌊share · n⌋ smallest are candidates, of equal ones the first.
  func dropped(of weights: [Float], from random: inout RandomSource) -> [Int] {
    let order = weights.indices.sorted { (abs(weights[$0]), $0) < (abs(weights[$1]), $1) }
    return order.prefix(Int(share * Double(weights.count))).filter { _ in random.uniform() < rate }
  }

  /// Leaves weights out of a state until `WeightsLeftOut.restore`.
  func leaveOut(of state: TrainingState, named names: [String], seed: UInt64, update: Int) -> WeightsLeftOut {
    var result = WeightsLeftOut()
    for (index, name) in names.enumerated() {
      var random = RandomSource(seed: seed, 0x7D20, UInt64(update), UInt64(index))
      let whole = state.memory.tensor(name)
      var values = whole.floats
      let places = dropped(of: values, from: &random)
      for place in places { values[place] = 0 }
      state.memory.write(Tensor(values, shape: whole.shape), to: name)
      result.layers.append((name, whole, places))
    }
    return result
  }
}

/// Weights that are left out of one update's passes.
struct WeightsLeftOut {
  /// Layers: the weights as they are, and which of them were left out.
  fileprivate(set) var layers: [(name: String, whole: Tensor, places: [Int])] = []

  /// Puts the weights back; those that were left out have no gradient.
  func restore(in state: TrainingState) {
    for (name, whole, places) in layers {
      state.memory.write(whole, to: name)
      let gradients = state.gradientAddress(name).assumingMemoryBound(to: Float.self)
      for place in places { gradients[place] = 0 }
    }
  }
}
