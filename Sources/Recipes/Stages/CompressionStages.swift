import Tensors

/// Every stage that recipes know: one line each.
public enum CompressionStages {
  /// The stages, in the order in which they usually come.
  public static let all: [any CompressionStage.Type] = [
    InsertBatchNormStage.self,
    FactorizeStage.self,
    PruneStage.self,
    RemoveBlocksStage.self,
    SparsifyStage.self,
    LotteryStage.self,
    ReinitializeStage.self,
    TrainStage.self,
    QuantizeStage.self,
  ]
}

/// A stage of any kind, written in recipes as its settings with a key `stage` that names it.
public struct AnyStage: Codable, Sendable, Equatable {
  /// The stage.
  public let stage: any CompressionStage

  /// Wraps a stage.
  public init(_ stage: any CompressionStage) { self.stage = stage }

  private enum Key: String, CodingKey { case stage }

  /// Reads a stage by its name.
  public init(from decoder: any Decoder) throws {
    let name = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .stage)
    guard let type = CompressionStages.all.first(where: { $0.identifier == name }) else {
      let known = CompressionStages.all.map { $0.identifier }.joined(separator: ", ")
      throw PareError(.usage, "there is no stage \"\(name)\"; there are \(known)")
    }
    stage = try type.init(from: decoder)
  }

  /// Writes the stage's settings and its name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(type(of: stage).identifier, forKey: .stage)
    try stage.encode(to: encoder)
  }

  /// Equal kinds with equal settings.
  public static func == (a: AnyStage, b: AnyStage) -> Bool { isEqual(a.stage, b.stage) }

  private static func isEqual<Stage: CompressionStage>(_ a: Stage, _ b: any CompressionStage) -> Bool {
    (b as? Stage) == a
  }
}
