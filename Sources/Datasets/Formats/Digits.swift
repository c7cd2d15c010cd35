import CImages
import Foundation
import Tensors

/// The optical digits of the UCI repository as scikit-learn ships them: 1,797 images of 8 x 8 pixels and 17 grey
/// levels, built in; a fifth of each class, always the same, is the test split.
///
/// Pixels are level / 16, exactly, in the size that the data has. Asked for another size, levels become
/// round(level * 255 / 16) and are resized as photographs are; asked for three channels, all are alike.
struct Digits: DatasetFormat {
  static let identifier = "digits"
  static let summary = "1,797 handwritten digits of 8 x 8 pixels, built in"
  static let isBuiltIn = true

  private static let count = 1797
  private static let side = 8
  /// Divides training and test; part of what `digits` means, hence fixed.
  private static let divisionSeed: UInt64 = 1998

  let classes: [String]? = (0..<10).map(String.init)
  let hasSeparateSplits = true
  private let labels: [UInt8]
  private let levels: [UInt8]

  static func recognizes(_ folder: String) -> Bool { false }

  init(path: String) throws {
    guard let url = Bundle.module.url(forResource: "digits", withExtension: "bin", subdirectory: "Resources") else {
      throw PareError(.notFound, "the built-in digits are missing; keep Pare_Datasets.resources beside the program")
    }
    let bytes = try FileBytes.read(url.path)
    guard bytes.count == Self.count * (1 + Self.side * Self.side), bytes.prefix(Self.count).allSatisfy({ $0 < 10 })
    else {
      throw PareError(.badInput, "the built-in digits are damaged; install Pare again", context: ["file": url.path])
    }
    labels = Array(bytes.prefix(Self.count))
    levels = Array(bytes.dropFirst(Self.count))
  }

  func naturalPreparation() throws -> Preparation? {
    Preparation(height: Self.side, width: Self.side, channelOrder: .grey)
  }

  func split(_ name: SplitName, options: LoadingOptions) throws -> Split {
    guard let preparation = try options.preparation ?? naturalPreparation() else {
      throw PareError(.internalFault, "digits without a size")
    }
    let isNatural = preparation.height == Self.side && preparation.width == Self.side
    let pixels = isNatural ? repeated(channels: preparation.channels) : try resized(preparation)
    let area = Self.side * Self.side
    let identities = (0..<Self.count).map { index in
      ("", levels[(index * area)..<((index + 1) * area)].withUnsafeBytes { $0.contentHash })
    }
    let source = PixelSource(
      inputName: options.inputName, preparation,
      pixels: Tensor(pixels, shape: [Self.count, preparation.channels, preparation.height, preparation.width]),
      divisor: isNatural ? 16 : 255, identities: identities)
    let all = Split(name: name.rawValue, source: source, classes: classes, labels: labels.map { Int($0) })
    let parts = Stratification.divide(count: all.count, labels: all.labels, fraction: 0.2, seed: Self.divisionSeed)
    return all.subset(name == .train ? parts.rest : parts.chosen)
  }

  /// The levels, once for each channel.
  private func repeated(channels: Int) -> [UInt8] {
    let area = Self.side * Self.side
    return (0..<Self.count).flatMap { index in
      (0..<channels).flatMap { _ in levels[(index * area)..<((index + 1) * area)] }
    }
  }

  private func resized(_ preparation: Preparation) throws -> [UInt8] {
    let preparer = ImagePreparer(preparation: preparation)
    var planes = [UInt8](repeating: 0, count: Self.count * preparer.byteCount)
    var scratch: [UInt8] = []
    let area = Self.side * Self.side
    for index in 0..<Self.count {
      let rgb = levels[(index * area)..<((index + 1) * area)].flatMap { level in
        [UInt8](repeating: UInt8((Int(level) * 255 + 8) / 16), count: 3)
      }
      try rgb.withUnsafeBufferPointer { pixels in
        try planes.withUnsafeMutableBufferPointer { target in
          try preparer.prepare(
            pixels, width: Self.side, height: Self.side, into: target.baseAddress! + index * preparer.byteCount,
            scratch: &scratch)
        }
      }
    }
    return planes
  }
}
