import Foundation

/// Everything that decides what a compression does, beside the network and the data: what `settings.yaml` holds and
/// `--recipe` reads.
public struct CompressionSettings: Codable, Sendable, Equatable {
  /// The budget.
  public var targets: [CompressionTarget]
  /// The largest drop in top-1 that is acceptable, as a fraction.
  public var maxDrop: Double?
  /// The least top-1 that is acceptable.
  public var minTop1: Double?
  /// The seed of everything random.
  public var seed: UInt64
  /// The steps, in order.
  public var stages: [AnyStage]

  enum CodingKeys: String, CodingKey {
    case targets, seed, stages
    case maxDrop = "max_drop"
    case minTop1 = "min_top1"
  }

  /// Makes settings.
  public init(
    targets: [CompressionTarget] = [], maxDrop: Double? = nil, minTop1: Double? = nil, seed: UInt64 = 0,
    stages: [AnyStage] = []
  ) {
    self.targets = targets
    self.maxDrop = maxDrop
    self.minTop1 = minTop1
    self.seed = seed
    self.stages = stages
  }

  /// Reads a recipe.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is not a recipe or has a key
  ///   that no setting has.
  public init(contentsOf url: URL) throws { self = try RecipeFile.read(Self.self, from: url) }

  /// The text of `settings.yaml`.
  public func yaml() throws -> String { try RecipeFile.text(of: self) }
}
