import Graphs
import Measurement
import Reporting
import Training

/// Puts batch normalisations behind the convolutions of a network that came with them folded, without changing what it
/// computes, so that it can be fine-tuned at the rates of a network that has them. They are folded again at the end.
public struct InsertBatchNormStage: CompressionStage {
  /// The name in recipes.
  public static let identifier = "insert_batch_norm"
  /// The title.
  public var title: String { "Re-insert batch normalisation" }

  /// Makes the stage.
  public init() {}

  /// Measures the convolutions' statistics on training data and inserts the normalisations.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    var insertion = BatchNormInsertion()
    insertion.seed = context.seed
    let result = try insertion.inserted(
      into: model, on: context.training, preparation: context.preparation, engine: context.engine)
    let count = result.graph.nodes.count { $0.op is BatchNormalization }
    var stage = ReportDocument.Stage(name: Self.identifier, title: title)
    stage.details = [.init("normalisations inserted", "\(count)")]
    return StageOutcome(model: result, stage: stage)
  }
}
