import Foundation
import Pruning
import Tensors
import Training

/// Everything that decides what a training does: what `pare train --recipe` reads, and what it writes beside the result.
///
///     model: zoo:resnet20
///     held_out: 0
///     mean: [0.4914, 0.4822, 0.4465]
///     std: [0.2470, 0.2435, 0.2616]
///     training:
///       epochs: 40
///       rate: 0.1
///       augmentation: crop-flip
///
/// Keys that are left out have the defaults; a key that there is not is refused.
public struct TrainingRecipe: Codable, Sendable, Equatable {
  /// The network: a file or `zoo:NAME` with options.
  public var model: String?
  /// The data, as KIND:PATH.
  public var data: String?
  /// The share of the training data that is held out to judge each epoch; 0 for none.
  public var heldOut = 0.1
  /// The weight of the sum of all sizes of batch normalisation's scales in the loss (Liu et al. 2017, "Learning efficient
  /// convolutional networks through network slimming"); 0 for none.
  public var scalePenalty = 0.0
  /// Means per channel on [0,1] pixels; nil: the model's.
  public var mean: [Float]?
  /// Standard deviations per channel; nil: the model's.
  public var std: [Float]?
  /// Pixels that the shorter side of an image is resized to; nil: the model's.
  public var resize: Int?
  /// The training's numbers; its seed is that of the split and of fresh weights too.
  public var training = TrainingConfiguration()

  enum CodingKeys: String, CodingKey {
    case model, data, mean, std, resize, training
    case heldOut = "held_out"
    case scalePenalty = "scale_penalty"
  }

  /// The defaults.
  public init() {}

  /// Reads a recipe; missing keys have the defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    model = try values.decodeIfPresent(String.self, forKey: .model)
    data = try values.decodeIfPresent(String.self, forKey: .data)
    heldOut = try values.decodeIfPresent(Double.self, forKey: .heldOut) ?? heldOut
    scalePenalty = try values.decodeIfPresent(Double.self, forKey: .scalePenalty) ?? scalePenalty
    mean = try values.decodeIfPresent([Float].self, forKey: .mean)
    std = try values.decodeIfPresent([Float].self, forKey: .std)
    resize = try values.decodeIfPresent(Int.self, forKey: .resize)
    training = try values.decodeIfPresent(TrainingConfiguration.self, forKey: .training) ?? training
  }

  /// Reads and checks a recipe's file.
  /// - Throws: `PareError.notFound` where there is no such file, `.badInput` where it is not a recipe or has a key too
  ///   many, `.usage` for a number that is out of range.
  public init(contentsOf url: URL) throws {
    self = try RecipeFile.read(Self.self, from: url)
    do {
      _ = try validated()
    } catch let error as PareError {
      throw error.within("file", url.path)
    }
  }

  /// The recipe, once its numbers make sense.
  /// - Throws: `PareError.usage` naming the number that is out of range.
  public func validated() throws -> TrainingRecipe {
    guard (0..<1).contains(heldOut) else {
      throw PareError(.usage, "a held-out share of \(heldOut); it must be in 0 ..< 1")
    }
    guard scalePenalty >= 0, scalePenalty.isFinite else {
      throw PareError(.usage, "a scale penalty of \(scalePenalty); it must not be negative")
    }
    if let std, !std.allSatisfy({ $0 > 0 }) { throw PareError(.usage, "deviations of \(std); they must be above 0") }
    if let resize, resize < 1 { throw PareError(.usage, "images resized to \(resize) pixels") }
    var result = self
    result.training = try training.validated()
    return result
  }

  /// The loss, where it is more than cross-entropy; nil: the trainer's own.
  public var objective: (any Objective)? {
    guard scalePenalty > 0 else { return nil }
    return ScalePenalty.added(to: CrossEntropy(labelSmoothing: training.labelSmoothing), weight: scalePenalty)
  }

  /// The text of the file.
  public func yaml() throws -> String { try RecipeFile.text(of: self) }
}
