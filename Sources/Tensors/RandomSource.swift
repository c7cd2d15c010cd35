import Foundation

/// A counter-based generator of random numbers (SplitMix64 over a hashed key): the same key gives the same numbers,
/// whatever was drawn elsewhere. Key it on (seed, use, epoch, index) so that resumed work draws what unbroken work did.
public struct RandomSource: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A stream that is independent of every stream with another key.
  public init(seed: UInt64, _ key: UInt64...) {
    state = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    for part in key { state = Self.mix(state ^ Self.mix(part &+ 0xD1B5_4A32_D192_ED03)) }
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// The next number uniform in [0, 1).
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// The next number from the normal distribution with mean 0 and variance 1 (Box and Muller).
  public mutating func normal() -> Double {
    let radius = (-2 * Foundation.log(1 - uniform())).squareRoot()
    return radius * Foundation.cos(2 * Double.pi * uniform())
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension Tensor {
  /// A float32 tensor of normal numbers with the standard deviation given.
  public static func normal(_ shape: Shape, deviation: Double = 1, from random: inout RandomSource) -> Tensor {
    Tensor((0..<shape.count).map { _ in Float(random.normal() * deviation) }, shape: shape)
  }

  /// A float32 tensor of numbers uniform in the range given.
  public static func uniform(_ shape: Shape, in range: ClosedRange<Double>, from random: inout RandomSource) -> Tensor {
    let width = range.upperBound - range.lowerBound
    return Tensor((0..<shape.count).map { _ in Float(range.lowerBound + width * random.uniform()) }, shape: shape)
  }
}
