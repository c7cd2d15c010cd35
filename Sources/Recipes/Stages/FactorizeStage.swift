import Factorization
import Graphs
import Reporting

/// Replaces layers by smaller ones that together do nearly the same; usually followed by training.
///
/// In recipes its keys are those of `FactorizationConfiguration`, beside `stage: factorize`.
public struct FactorizeStage: CompressionStage {
  /// The name in recipes.
  public static let identifier = "factorize"
  /// Which layers, and how.
  public var factorization: FactorizationConfiguration

  /// Makes the stage.
  public init(factorization: FactorizationConfiguration) { self.factorization = factorization }

  /// Reads the configuration.
  public init(from decoder: any Decoder) throws { factorization = try FactorizationConfiguration(from: decoder) }

  /// Writes the configuration.
  public func encode(to encoder: any Encoder) throws { try factorization.encode(to: encoder) }

  /// The title.
  public var title: String { "Factorize (\(factorization.method))" }

  /// Replaces the layers.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    let (result, report) = try Factorization(factorization).compress(model)
    let formula = try FactorizationMethods.named(report.method).ratioFormula
    var stage = ReportDocument.Stage(name: Self.identifier, title: title)
    stage.details = [.init("layers replaced", "\(report.layers.count)")]
    stage.details += report.layers.map { layer in
      .init(
        layer.name,
        "error \(NumberFormat.percent(layer.relativeError, digits: 1)), \(formula) = "
          + "\(NumberFormat.decimal(layer.expectedRatio, digits: 3)), left "
          + "\(NumberFormat.decimal(layer.parameterRatio, digits: 3)) of the parameters and "
          + "\(NumberFormat.decimal(layer.macRatio, digits: 3)) of the MACs")
    }
    return StageOutcome(
      model: result, stage: stage, notes: report.skipped.map { "\($0.name) is not factorized: \($0.reason)" })
  }
}
