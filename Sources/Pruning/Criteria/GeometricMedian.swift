import Graphs

/// A filter's distance from the others of its layer: s_i = sum over j of ‖F_i − F_j‖₂, over the flattened filters,
/// summed over the filters of a coupled channel and normalised. The filter with the smallest sum lies closest to the
/// layer's geometric median: the others can stand in for it.
///
/// He, Liu, Wang, Hu, Yang 2019, "Filter pruning via geometric median for deep neural networks acceleration" (FPGM),
/// equations 5 and 8. Filters that are equal are at distance 0 of each other and go first; a layer of one filter
/// scores 0.
public struct GeometricMedian: PruningCriterion {
  /// `fpgm`.
  public static let identifier = "fpgm"
  /// For the help.
  public static let summary = "the filters closest to their layer's geometric median go first (He et al. 2019)"

  /// Makes the criterion.
  public init() {}

  /// The normalised sums of distances.
  public func scores(for group: ChannelGroup, given context: PruningContext) throws -> [Double] {
    try context.layerScores(for: group, Self.sumsOfDistances)
  }

  /// The sum of the Euclidean distances from each filter to all others.
  static func sumsOfDistances(_ filters: [[Float]]) -> [Double] {
    var sums = [Double](repeating: 0, count: filters.count)
    for first in filters.indices {
      for second in filters.indices.dropFirst(first + 1) {
        let distance = squaredDistance(filters[first], filters[second]).squareRoot()
        sums[first] += distance
        sums[second] += distance
      }
    }
    return sums
  }

  /// The sum of squared differences, in eight lanes whose sums are added in double precision.
  private static func squaredDistance(_ a: [Float], _ b: [Float]) -> Double {
    precondition(a.count == b.count, "filters of \(a.count) and \(b.count) weights")
    return a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        let (x, y) = (a.bindMemory(to: Float.self), b.bindMemory(to: Float.self))
        let lanes = x.count / 8
        var sum = SIMD8<Float>.zero
        for lane in 0..<lanes {
          let difference =
            a.loadUnaligned(fromByteOffset: 32 &* lane, as: SIMD8<Float>.self)
            - b.loadUnaligned(fromByteOffset: 32 &* lane, as: SIMD8<Float>.self)
          sum += difference * difference
        }
        var total = sum.indices.reduce(0) { $0 + Double(sum[$1]) }
        for index in (8 &* lanes)..<x.count {
          let difference = Double(x[index]) - Double(y[index])
          total += difference * difference
        }
        return total
      }
    }
  }
}
