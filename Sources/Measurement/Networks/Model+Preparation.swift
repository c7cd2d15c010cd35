import Datasets
import Foundation
import Graphs
import Tensors

extension Model {
  /// How the network wants its images, from the metadata; nil where it is unknown.
  ///
  /// - Throws: `PareError.badInput` where the metadata is damaged.
  public var preparation: Preparation? {
    get throws {
      guard let text = preparationJSON else { return nil }
      do {
        let preparation = try JSONDecoder().decode(Preparation.self, from: Data(text.utf8))
        try preparation.validate()
        return preparation
      } catch let error as PareError {
        throw PareError(.badInput, "the model's stored preparation cannot be used: \(error.message)")
      } catch {
        throw PareError(
          .badInput,
          "the model's metadata \"\(MetadataKey.preparation)\" is not a preparation; give --mean, --std and "
            + "--resize instead")
      }
    }
  }

  /// Stores how the network wants its images in the metadata.
  /// - Throws: `PareError.usage` where the preparation is out of range.
  public mutating func setPreparation(_ preparation: Preparation?) throws {
    try preparation?.validate()
    guard let preparation else {
      preparationJSON = nil
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    preparationJSON = String(decoding: try encoder.encode(preparation), as: UTF8.self)
  }

  /// The preparation in the size and layout of the network's first input, with everything else unknown; nil where that
  /// input is no image of 1 or 3 channels.
  public var assumedPreparation: Preparation? {
    guard let shape = graph.inputs.first?.type.shape, shape.rank == 4 else { return nil }
    let extents = shape.dimensions.map(\.fixedExtent)
    guard let a = extents[1], let b = extents[2], let c = extents[3] else { return nil }
    if a == 1 || a == 3 {
      return Preparation(height: b, width: c, channelOrder: a == 1 ? .grey : .rgb)
    }
    guard c == 1 || c == 3 else { return nil }
    return Preparation(height: a, width: b, channelOrder: c == 1 ? .grey : .rgb, layout: .nhwc)
  }

  /// The network with its own normalisation in front, so that it takes raw pixels in [0, 1].
  ///
  /// - Parameter batches: how the batches were prepared, where that is not by this model's own preparation: channel
  ///   order and layout are then converted inside the network.
  /// - Throws: `PareError.badInput` where the stored preparation does not fit the network.
  public func graphOnRawPixels(batches: Preparation? = nil) throws -> Graph {
    guard let preparation = try preparation ?? (batches == nil ? nil : assumedPreparation) else { return graph }
    return try InputNormalization(preparation, batches: batches).apply(to: graph)
  }
}

extension InputNormalization {
  /// The normalisation that a preparation asks for; where mean or std is unknown, none.
  ///
  /// - Parameter batches: how the batches are prepared; nil: as the preparation says.
  public init(_ preparation: Preparation, batches: Preparation? = nil) {
    let batches = batches ?? preparation
    let orders = Set([preparation.channelOrder, batches.channelOrder])
    self.init(
      scale: preparation.scale, mean: preparation.mean, std: preparation.std,
      reversesChannels: orders == [.rgb, .bgr],
      networkAxes: preparation.layout == .nchw ? .channelsFirst : .channelsLast,
      batchAxes: batches.layout == .nchw ? .channelsFirst : .channelsLast)
  }
}
