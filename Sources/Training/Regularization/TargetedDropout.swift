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
}
