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

  /// Removes blocks down to the context's target.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    guard let heldOut = context.heldOut else {
      throw PareError(.usage, "blocks are judged by labels, and the data has none")
    }
    var stage = ReportDocument.Stage(name: Self.identifier, title: title)
    guard let target = context.target else {
      return StageOutcome(
        model: model, stage: stage, notes: ["No target asks for a smaller network; no block was removed."])
    }
    var pruning = DepthPruning(target: target, engine: context.engine)
    pruning.excess = context.excess
    (pruning.ignore, pruning.seed, pruning.preparation) = (ignore, context.seed, context.preparation)
    pruning.stop = context.stop
    pruning.onProgress = { removed, done, all in
      context.observer.onWork?("measuring blocks, \(removed) removed", done, all)
    }
    let (smaller, report) = try pruning.compress(model, judgedBy: heldOut)
    func left(_ amount: Int) -> String { "\(NumberFormat.compact(amount)) \(target.resource.unit)" }
    stage.details = report.removed.map { removal in
      .init(
        "without \(removal.name)",
        "\(left(removal.remaining)) left, held-out top-1 \(NumberFormat.percent(removal.top1))")
    }
    stage.details.append(.init("blocks removed", "\(report.removed.count) of \(report.blocks.count)"))
    let notes =
      report.isReached
      ? [] : ["All removable blocks are gone, and \(left(report.remaining)) are left."]
    return StageOutcome(model: smaller, stage: stage, notes: notes)
  }
}
