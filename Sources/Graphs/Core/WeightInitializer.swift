import Foundation
import Tensors

/// How a network's weights start.
public protocol WeightInitializer: Sendable {
  /// Weights of this shape (outputs x inputs x kernel); the same name and seed give the same weights.
  func weights(_ shape: Shape, name: String) -> Tensor
}

/// He initialisation: normal numbers of variance 2/fan, where the fan counts inputs or outputs per weight.
/// (He, Zhang, Ren, Sun 2015, "Delving deep into rectifiers", eq. 10 and 14.)
public struct HeInitializer: WeightInitializer {
  /// Which connections are counted.
  public enum Fan: String, Sendable, Codable {
    /// inputs x kernel
    case input
    /// outputs x kernel
    case output
  }

  /// The seed of the random numbers.
  public var seed: UInt64
  /// Which connections are counted.
  public var fan: Fan

  /// Makes an initialiser.
  public init(seed: UInt64 = 0, fan: Fan = .output) {
    self.seed = seed
    self.fan = fan
  }

  /// Normal numbers of variance 2/fan.
  public func weights(_ shape: Shape, name: String) -> Tensor {
    let kernel = shape.dimensions.dropFirst(2).reduce(1, *)
    let connections = (fan == .input ? shape[1] : shape[0]) * kernel
    var random = RandomSource(seed: seed, name: name)
    return .normal(shape, deviation: (2 / Double(max(connections, 1))).squareRoot(), from: &random)
  }
}

extension RandomSource {
  /// A stream for what has this name.
  package init(seed: UInt64, name: String) { self.init(seed: seed, Self.hash(name)) }

  /// A stable hash of a name (FNV-1a), since Swift's own changes from run to run.
  private static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
