/// How many bits each byte value takes in an optimal code of limited length.
enum CodeLengths {
  /// No code is longer: a decoder's table then fits into the processor's nearest cache.
  static let limit = 12

  /// The lengths for values that occur so often; 0 for a value that does not occur. A single value takes one bit.
  ///
  /// The sum of `counts[v] * lengths[v]` is the least of all prefix codes whose lengths are at most `limit`, found by
  /// package-merge (Larmore and Hirschberg 1990): the leaves, sorted by count, are merged `limit - 1` times with pairs of
  /// the previous list; of the last list the first 2n - 2 entries are taken, and each leaf is as long as the number of
  /// lists in which it is taken.
  static func optimal(for counts: [Int], limit: Int = limit) -> [UInt8] {
    let leaves = counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$0], $0) < (counts[$1], $1) }
    precondition(leaves.count <= 1 << limit, "\(leaves.count) values do not fit into codes of \(limit) bits")
    var lengths = [UInt8](repeating: 0, count: counts.count)
    guard leaves.count > 1 else {
      for leaf in leaves { lengths[leaf] = 1 }
      return lengths
    }
    let weights = leaves.map { counts[$0] }
    var lists = [Merged(leaves: weights, packages: [])]
    while lists.count < limit {
      let previous = lists.last!.weights
      let packages = stride(from: 0, to: previous.count - 1, by: 2).map { previous[$0] + previous[$0 + 1] }
      lists.append(Merged(leaves: weights, packages: packages))
    }
    var taken = 2 * leaves.count - 2
    for list in lists.reversed() {
      let leafCount = list.isLeaf[..<taken].count { $0 }
      for leaf in leaves[..<leafCount] { lengths[leaf] += 1 }
      taken = 2 * (taken - leafCount)
    }
    return lengths
  }

  /// Leaves and packages in one sorted list.
  private struct Merged {
    var weights: [Int] = []
    var isLeaf: [Bool] = []

    init(leaves: [Int], packages: [Int]) {
      var (leaf, package) = (0, 0)
      while leaf < leaves.count || package < packages.count {
        let takesLeaf = package == packages.count || (leaf < leaves.count && leaves[leaf] <= packages[package])
        weights.append(takesLeaf ? leaves[leaf] : packages[package])
        isLeaf.append(takesLeaf)
        if takesLeaf { leaf += 1 } else { package += 1 }
      }
    }
  }
}
