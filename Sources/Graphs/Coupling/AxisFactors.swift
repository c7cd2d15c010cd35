import Tensors

/// One axis that is the product of several: index i of the whole is (i / (b * c), i / c mod b, i mod c) for factors of
/// extents a, b and c.
///
/// What is left must be a product again, so indices can go along one factor only: with an index of that factor go all
/// indices of the whole that lie on it. A dense layer's outputs that become heads x features lose whole heads.
struct AxisFactors {
  /// The product.
  let whole: Slot
  /// The factors, the slowest first.
  let factors: [(slot: Slot, extent: Int)]

  /// The number of indices of the whole.
  var count: Int { factors.reduce(1) { $0 * $1.extent } }

  /// The factor's index on which an index of the whole lies.
  func index(along factor: Int, of index: Int) -> Int {
    index / factors[(factor + 1)...].reduce(1) { $0 * $1.extent } % factors[factor].extent
  }
}

extension ChannelCoupling {
  /// Couples an axis with those that it is the product of, the slowest first; `settle` decides along which of them
  /// indices can go, when all that is known of them has been said.
  public mutating func factor(_ whole: Slot, into factors: [(slot: Slot, extent: Int)]) {
    unsettled.append(AxisFactors(whole: whole, factors: factors))
    allow(whole)
    for factor in factors { allow(factor.slot) }
  }

  /// Decides for each product along which factor indices can go: the longest one that is not blocked. Products with one
  /// such factor at most come first, because they may decide for others.
  mutating func settle() {
    while !unsettled.isEmpty {
      var open: [[Int]] = []
      for product in unsettled {
        open.append(
          product.factors.indices.filter { !isBlocked(product.factors[$0].slot, count: product.factors[$0].extent) })
      }
      let next = open.firstIndex { $0.count <= 1 } ?? 0
      let product = unsettled.remove(at: next)
      let longest = open[next].map { product.factors[$0].extent }.max()
      let live = open[next].first { product.factors[$0].extent == longest } ?? 0
      for index in 0..<product.count {
        tie(
          product.whole, index, of: product.count, product.factors[live].slot, product.index(along: live, of: index),
          of: product.factors[live].extent)
      }
      let chosen = product.factors[live].slot
      let reason = "\(product.whole.value): indices go along axis \(chosen.axis) of \(chosen.value)"
      for (place, factor) in product.factors.enumerated() where place != live {
        keep(factor.slot, count: factor.extent, reason: reason)
      }
    }
  }
}
