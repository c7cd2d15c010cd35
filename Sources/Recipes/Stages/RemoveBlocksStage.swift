import Graphs
import Pruning
import Reporting
import Tensors

/// Removes whole residual blocks; the stage behind it trains what is left.
public struct RemoveBlocksStage: CompressionStage {
  /// The name in recipes.
  public static let identifier = "remove_blocks"
  /// Layers whose blocks stay.
  public var ignore: [String] = []

  /// Makes the stage.
  public init(ignore: [String] = []) { self.ignore = ignore }

  /// Reads a stage.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    ignore = try values.decodeIfPresent([String].self, forKey: .ignore) ?? []
  }

  /// The title.
  public var title: String { "Remove residual blocks (measured loss)" }

  /// Removes blocks down to the context's limit on MACs.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    guard let heldOut = context.heldOut else {
      throw PareError(.usage, "blocks are judged by labels, and the data has none")
    }
    var stage = ReportDocument.Stage(name: Self.identifier, title: title)
    let before = try model.graph.costs().macs
    guard let limit = context.macsLimit, limit < before else {
      return StageOutcome(
        model: model, stage: stage, notes: ["No target asks for fewer MACs; no block was removed."])
    }
    var pruning = DepthPruning(target: PruningTarget(.macs, .absolute(max(limit, 1))), engine: context.engine)
    (pruning.ignore, pruning.seed, pruning.preparation) = (ignore, context.seed, context.preparation)
    pruning.stop = context.stop
    pruning.onProgress = { removed, done, all in
      context.observer.onWork?("measuring blocks, \(removed) removed", done, all)
    }
    let (smaller, report) = try pruning.compress(model, judgedBy: heldOut)
    stage.details = report.removed.map { removal in
      .init(
        "without \(removal.name)",
        "\(NumberFormat.compact(removal.remaining)) MACs left, held-out top-1 \(NumberFormat.percent(removal.top1))")
    }
    stage.details.append(.init("blocks removed", "\(report.removed.count) of \(report.blocks.count)"))
    let notes =
      report.isReached
      ? [] : ["All removable blocks are gone, and \(NumberFormat.compact(report.remaining)) MACs are left."]
    return StageOutcome(model: smaller, stage: stage, notes: notes)
  }
}
