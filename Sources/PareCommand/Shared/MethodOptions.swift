import ArgumentParser
import Pare

/// Targets as the command line has them; `transform` of an option, so that a fault says what is wrong.
struct TargetList: Equatable {
  let targets: [CompressionTarget]

  /// Reads `macs=0.5,size=0.25`.
  init(parsing text: String) throws {
    do {
      targets = try CompressionTarget.parse(text)
    } catch let error as PareError {
      throw ValidationError(error.message)
    }
  }
}

/// The accuracy that must not be lost.
struct GuardOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Largest acceptable drop in top-1, as a fraction: 0.01 is one point.", valueName: "drop"))
  var maxDrop: Double?

  @Option(help: ArgumentHelp("Least acceptable top-1, as a fraction.", valueName: "top1"))
  var minTop1: Double?

  func validate() throws {
    if let maxDrop, !(0...1).contains(maxDrop) {
      throw ValidationError("--max-drop \(maxDrop): give a fraction, 0 to 1")
    }
    if let minTop1, !(0...1).contains(minTop1) {
      throw ValidationError("--min-top1 \(minTop1): give a fraction, 0 to 1")
    }
  }
}

/// The numbers of fine-tuning and distillation.
struct FineTuningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Epochs of training in all, or with prune --lottery in each round; 0 for none.", valueName: "n"))
  var epochs = 10

  @Option(
    help: ArgumentHelp("Peak learning rate. (default: 0.03 with batch normalisation, 0.01 without)", valueName: "rate"))
  var rate: Double?

  @Option(help: ArgumentHelp("Temperature of the teacher's scores.", valueName: "t"))
  var temperature = 4.0

  @Option(help: ArgumentHelp("Weight of the teacher's scores; the labels get the rest.", valueName: "w"))
  var teacherWeight = 0.9

  @Option(
    help: ArgumentHelp(
      "How images are varied: none, crop-flip or shift. (default: by the images' size)", valueName: "name"))
  var augmentation: String?

  @OptionGroup var numbers: PrecisionOption

  func validate() throws {
    guard (0...100_000).contains(epochs) else { throw ValidationError("--epochs \(epochs): give a number from 0 on") }
    guard (0...1).contains(teacherWeight) else {
      throw ValidationError("--teacher-weight \(teacherWeight): give a share from 0 to 1")
    }
    guard temperature > 0 else { throw ValidationError("--temperature \(temperature): it must be above 0") }
    if let rate, rate <= 0 { throw ValidationError("--rate \(rate): it must be above 0") }
    if let augmentation, !AugmentationPolicies.all.contains(where: { $0.identifier == augmentation }) {
      let known = AugmentationPolicies.all.map { $0.identifier }.joined(separator: ", ")
      throw ValidationError("--augmentation \(augmentation): there are \(known)")
    }
  }

  func apply(to wishes: inout CompressionWishes) {
    (wishes.epochs, wishes.rate) = (epochs, rate)
    (wishes.temperature, wishes.teacherWeight) = (temperature, teacherWeight)
    (wishes.augmentation, wishes.precision) = (augmentation, numbers.precision)
  }
}

/// How numbers become integers.
struct QuantizationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How activations' ranges are found: minmax, percentile or mse.", valueName: "name"))
  var calibration = "minmax"

  @Option(help: ArgumentHelp("Training samples that calibrate.", valueName: "n"))
  var calibrationSamples = 512

  func validate() throws {
    guard calibrationSamples > 0 else {
      throw ValidationError("--calibration-samples \(calibrationSamples): at least 1")
    }
    do {
      _ = try QuantizationConfiguration(calibration: calibration, samples: calibrationSamples)
    } catch let error as PareError {
      throw ValidationError(error.message)
    }
  }
}
