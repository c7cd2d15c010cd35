import ArgumentParser
import Foundation
import Pare

/// `pare quantize`: 8-bit integers after training.
struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Turns weights and activations into 8-bit integers, as standard ONNX.",
    discussion: """
      Activations are calibrated on training images, batch by batch; labels are not needed.

        pare quantize net.onnx --data images:photos -o int8.onnx
        pare quantize net.onnx --data imagefolder:cifar10 --calibration percentile -o int8.onnx
      """)

  @Argument(help: "An .onnx or .pare file, or zoo:NAME.")
  var model: ModelArgument

  @OptionGroup var weights: WeightsOptions

  @OptionGroup var data: DataOptions

  @OptionGroup var quantization: QuantizationOptions

  @OptionGroup var output: OutputOptions

  @OptionGroup var unfinished: ResumeOption

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let file = try output.file()
    var run = try MethodRun(model: model, weights: weights, data: data, teacher: nil, options: options)
    let configuration = try QuantizationConfiguration(
      calibration: quantization.calibration, samples: quantization.calibrationSamples)
    let stage = QuantizeStage(quantization: configuration)
    try run.write(CompressionSettings(seed: options.seed, stages: [AnyStage(stage)]), to: file, resuming: unfinished)
  }
}
