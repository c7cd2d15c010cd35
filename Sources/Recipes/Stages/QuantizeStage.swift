import Graphs
import Quantization
import Reporting

/// Turns weights and activations into 8-bit integers, calibrated on training data.
public struct QuantizeStage: CompressionStage {
  /// The name in recipes.
  public static let identifier = "quantize"
  /// The method's settings.
  public var quantization: QuantizationConfiguration

  /// Makes the stage.
  public init(quantization: QuantizationConfiguration) { self.quantization = quantization }

  /// The title.
  public var title: String { "Quantize to int8 (\(quantization.calibration) on \(quantization.samples) samples)" }

  /// Quantizes.
  public func run(on model: Model, in context: StageContext) throws -> StageOutcome {
    var configuration = quantization
    configuration.seed = context.seed
    let (result, report) = try StaticQuantization(configuration).compress(
      model, calibratingWith: context.training, batches: context.preparation, engine: context.engine
    ) { done, total in
      context.observer.onWork?("calibrating", done, total)
    }
    var stage = ReportDocument.Stage(name: Self.identifier, title: title)
    stage.quantizedLayers = report.layers.map {
      .init(
        name: $0.name, format: $0.inputRange[0] < 0 ? "int8 x int8" : "uint8 x int8", minimum: $0.inputRange[0],
        maximum: $0.inputRange[1], snrDb: $0.weightSNR)
    }
    stage.details = [
      .init("layers in int8", "\(report.layers.count)"), .init("layers left in float", "\(report.floatLayers.count)"),
      .init("values rounded", "\(report.quantizedActivations)"),
    ]
    return StageOutcome(
      model: result, stage: stage,
      notes: report.floatLayers.map { "\($0.name) (\($0.op)) stays in float: \($0.reason)" })
  }
}
