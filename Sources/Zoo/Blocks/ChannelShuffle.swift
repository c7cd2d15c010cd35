import Graphs

extension GraphBuilder {
  /// Deals the channels of each group out to all groups, so that the next convolution in groups sees every group:
  /// channel g * n + i of G groups of n becomes channel i * G + g.
  ///
  /// Zhang et al. 2018, "ShuffleNet", figure 1: reshape to groups x channels, transpose, flatten.
  func channelsShuffled(_ x: Value, groups: Int) throws -> Value {
    let shape = try shape(of: x)
    let channels = try extent(of: x, axis: 1)
    let split = try add(
      Reshape(to: [shape[0], .fixed(groups), .fixed(channels / groups), shape[2], shape[3]]), x)
    return try add(Reshape(to: shape), transposed(split, [0, 2, 1, 3, 4]))
  }
}
