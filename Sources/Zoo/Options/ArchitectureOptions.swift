import Datasets
import Graphs
import Tensors

/// The values of an architecture's options, checked: known names, values that each allows.
public struct ArchitectureOptions: Sendable, Equatable {
  private let values: [String: ArchitectureOption.Value]
  private let given: Set<String>
  private var hasWeights = true

  /// Every option at its default.
  public init(defaultsOf options: [ArchitectureOption]) {
    values = Dictionary(uniqueKeysWithValues: options.map { ($0.name, $0.defaultValue) })
    given = []
  }

  /// The values given as text; options left out have their defaults, which may depend on the form.
  /// - Throws: `PareError.usage` for an unknown option, or a value that it does not allow.
  public init(_ texts: [String: String], of options: [ArchitectureOption]) throws {
    let isForCIFAR = texts["form"] == NetworkForm.cifar.rawValue
    var values: [String: ArchitectureOption.Value] = [:]
    for option in options {
      guard let text = texts[option.name] else {
        values[option.name] = isForCIFAR ? option.cifarDefault ?? option.defaultValue : option.defaultValue
        continue
      }
      guard let value = option.value(of: text) else {
        throw PareError(.usage, "\(option.name)=\(text): expected \(option.expectation)")
      }
      values[option.name] = value
    }
    if let unknown = texts.keys.sorted().first(where: { values[$0] == nil }) {
      throw PareError(
        .usage, "there is no option \"\(unknown)\"; there are \(options.map(\.name).joined(separator: ", "))")
    }
    self.values = values
    given = Set(texts.keys)
  }

  /// The value of an option that the architecture declares.
  public func number(_ name: String) -> Double {
    guard case .number(let value) = value(name) else { preconditionFailure("the option \"\(name)\" is no number") }
    return value
  }

  /// The value of an option with whole values.
  public func integer(_ name: String) -> Int { Int(number(name)) }

  /// Whether a switch is on.
  public func flag(_ name: String) -> Bool { number(name) != 0 }

  /// The word that an option is set to.
  public func choice(_ name: String) -> String {
    guard case .choice(let word) = value(name) else { preconditionFailure("the option \"\(name)\" takes no word") }
    return word
  }

  /// Whether an option was set rather than left at its default.
  public func isGiven(_ name: String) -> Bool { given.contains(name) }

  /// The same options for a network whose weights are all zero, which costs no time to make.
  public func withoutWeights() -> ArchitectureOptions {
    var result = self
    result.hasWeights = false
    return result
  }

  private func value(_ name: String) -> ArchitectureOption.Value {
    guard let value = values[name] else { preconditionFailure("the architecture declares no option \"\(name)\"") }
    return value
  }
}

extension ArchitectureOptions {
  /// How many classes are told apart.
  var classes: Int { integer("classes") }

  /// What images the network is cut out for.
  var form: NetworkForm { NetworkForm(rawValue: choice("form"))! }

  /// Rows and columns of the image.
  var input: Int { integer("input") }

  /// The stride of the stem and of the first downsampling behind it.
  var earlyStride: Int { form == .cifar ? 1 : 2 }

  /// A channel count times `width`, rounded to an even number so that zero channels fit around it evenly.
  func channels(_ count: Int) -> Int { max(2, 2 * Int((Double(count) * number("width") / 2).rounded())) }

  /// A channel count times `width`, rounded to a multiple as MobileNetV2's code does.
  func channels(_ count: Int, toMultipleOf divisor: Int) -> Int {
    Divisible.nearest(to: Double(count) * number("width"), divisor)
  }

  /// He's initialiser with the seed given (2015, eq. 10: variance 2/inputs).
  var initializer: any WeightInitializer { drawn { HeInitializer(seed: $0, fan: .input) } }

  /// He's initialiser by outputs (2015, eq. 14: variance 2/outputs), which keeps the size of gradients.
  var initializerByOutputs: any WeightInitializer { drawn { HeInitializer(seed: $0, fan: .output) } }

  /// Normal numbers of one deviation.
  func normal(_ deviation: Double) -> any WeightInitializer {
    drawn { NormalInitializer(seed: $0, deviation: deviation) }
  }

  /// Numbers uniform within 1/sqrt(fan).
  func uniform(_ fan: HeInitializer.Fan) -> any WeightInitializer { drawn { UniformInitializer(seed: $0, fan: fan) } }

  private func drawn(_ make: (UInt64) -> any WeightInitializer) -> any WeightInitializer {
    hasWeights ? make(UInt64(integer("seed"))) : ZeroInitializer()
  }
}

extension ArchitectureOptions {
  /// How colour images are prepared. In the ImageNet form the shorter side is resized to 8/7 of the input, the middle is
  /// cut out, and pixels are normalised, by torchvision's means and deviations unless others are given; in the form for
  /// CIFAR these are left open, since trainers use several.
  func imagePreparation(
    size: Int? = nil, interpolation: Preparation.Interpolation = .bilinear,
    mean: [Float] = [0.485, 0.456, 0.406], std: [Float] = [0.229, 0.224, 0.225]
  ) -> Preparation {
    let size = size ?? input
    guard form == .imagenet else { return Preparation(height: size, width: size) }
    return Preparation(
      height: size, width: size, resize: (size * 8 + 3) / 7, interpolation: interpolation, mean: mean, std: std)
  }
}
