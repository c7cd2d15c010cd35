import Tensors

/// What random numbers are drawn for; part of the key, so that one use never disturbs another.
package enum RandomUse {
  /// The order of training samples in an epoch.
  package static let order: UInt64 = 0x6F72_6465
  /// The placement of a training image.
  package static let augmentation: UInt64 = 0x6175_676D
  /// The choice of held-out samples.
  package static let stratification: UInt64 = 0x7374_7261
  /// The choice of some samples of a split.
  package static let sampling: UInt64 = 0x7361_6D70
}

/// Seeded division of samples in which each class keeps its share.
enum Stratification {
  /// Chooses `fraction` of each class (rounded; at least one sample of a class that has two or more) at random.
  ///
  /// Without labels all samples are one class. Both lists are in ascending order.
  static func divide(count: Int, labels: [Int]?, fraction: Double, seed: UInt64) -> (rest: [Int], chosen: [Int]) {
    var members: [Int: [Int]] = [:]
    for index in 0..<count { members[labels?[index] ?? 0, default: []].append(index) }
    var isChosen = [Bool](repeating: false, count: count)
    for (label, indices) in members {
      let share = Int((Double(indices.count) * fraction).rounded())
      let wanted = indices.count < 2 ? 0 : min(max(share, 1), indices.count - 1)
      var random = RandomSource(seed: seed, RandomUse.stratification, UInt64(label))
      for index in random.permutation(of: indices).prefix(wanted) { isChosen[index] = true }
    }
    return ((0..<count).filter { !isChosen[$0] }, (0..<count).filter { isChosen[$0] })
  }
}

extension RandomSource {
  /// The elements in random order (Fisher and Yates).
  mutating func permutation(of elements: [Int]) -> [Int] {
    var result = elements
    for last in result.indices.dropFirst().reversed() { result.swapAt(last, index(below: last + 1)) }
    return result
  }
}
