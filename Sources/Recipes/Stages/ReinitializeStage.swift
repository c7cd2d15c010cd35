import Graphs
import Pruning
import Reporting
import Tensors

/// Gives the network fresh weights: what is trained behind it is the control for pruning.
public struct ReinitializeStage: CompressionStage {
  /// The name in recipes.
  public static let identifier = "reinitialize"

  /// Makes the stage.
  public init() {}

  /// The title.
  public var title: String { "Fresh weights (the control: the same network, trained from scratch)" }

  /// Draws the weights.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    var result = model
    result.graph = try FreshWeights(seed: context.seed).applied(to: model.graph)
    result.history.append("given fresh weights")
    return StageOutcome(model: result, stage: ReportDocument.Stage(name: Self.identifier, title: title))
  }
}
