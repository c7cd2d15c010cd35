import Tensors

/// How a network wants its images: metadata that travels with a model, and what a dataset prepares images by.
///
/// Datasets honour size, resizing, crop, interpolation, channel order and layout, and hand out raw pixels in [0, 1].
/// `scale`, `mean` and `std` are the network's own business: its program computes `(scale * pixel - mean) / std`, so
/// that two networks with different normalisation can share a batch.
public struct Preparation: Codable, Sendable, Equatable {
  /// What happens to a resized image that is larger than the input.
  public enum Crop: String, Codable, Sendable, CaseIterable {
    /// The shorter side is resized, then the middle is cut out.
    case center
    /// Both sides are resized to the input's, whatever that does to the proportions.
    case none
  }

  /// Filters of resizing, both antialiased: their width grows with the reduction, as Pillow's does.
  public enum Interpolation: String, Codable, Sendable, CaseIterable {
    /// A triangle of one pixel to each side.
    case bilinear
    /// Keys' cubic with a = -0.5.
    case bicubic
  }

  /// The meaning of the channel axis.
  public enum ChannelOrder: String, Codable, Sendable, CaseIterable {
    /// Three channels, red first.
    case rgb
    /// Three channels, blue first.
    case bgr
    /// One channel of luma: 0.299 R + 0.587 G + 0.114 B.
    case grey
  }

  /// The order of the axes in memory.
  public enum Layout: String, Codable, Sendable, CaseIterable {
    /// Batch, channels, height, width.
    case nchw
    /// Batch, height, width, channels.
    case nhwc
  }

  /// Rows of the input.
  public var height: Int
  /// Columns of the input.
  public var width: Int
  /// The length that the shorter side is resized to before the crop; nil: just enough to cover the input.
  public var resize: Int?
  /// What happens to the rest of a resized image.
  public var crop: Crop
  /// The filter of resizing.
  public var interpolation: Interpolation
  /// The meaning of the channel axis.
  public var channelOrder: ChannelOrder
  /// The order of the axes in memory.
  public var layout: Layout
  /// What a pixel in [0, 1] is multiplied by before `mean` and `std`: 1, or 255 for networks fed with levels.
  public var scale: Float
  /// What is subtracted per channel, on scaled pixels; nil: unknown.
  public var mean: [Float]?
  /// What is divided by per channel, on scaled pixels; nil: unknown.
  public var std: [Float]?

  /// Makes a preparation; everything but the size has the common default.
  public init(
    height: Int, width: Int, resize: Int? = nil, crop: Crop = .center, interpolation: Interpolation = .bilinear,
    channelOrder: ChannelOrder = .rgb, layout: Layout = .nchw, scale: Float = 1, mean: [Float]? = nil,
    std: [Float]? = nil
  ) {
    self.height = height
    self.width = width
    self.resize = resize
    self.crop = crop
    self.interpolation = interpolation
    self.channelOrder = channelOrder
    self.layout = layout
    self.scale = scale
    self.mean = mean
    self.std = std
  }

  /// Channels of the input: 1 for grey, otherwise 3.
  public var channels: Int { channelOrder == .grey ? 1 : 3 }

  /// The shape of one prepared image, without the batch axis, in the layout's order.
  public var shape: Shape { layout == .nchw ? [channels, height, width] : [height, width, channels] }

  /// Checks the values against each other.
  /// - Throws: `PareError.usage` naming the value that is out of range.
  public func validate() throws {
    guard height > 0, width > 0, height <= 1 << 15, width <= 1 << 15 else {
      throw PareError(.usage, "an input of \(height) x \(width) pixels: each side must be 1 to 32768")
    }
    if let resize, resize <= 0 || resize > 1 << 15 {
      throw PareError(.usage, "resizing to \(resize) pixels: the shorter side must become 1 to 32768")
    }
    for (name, values) in [("mean", mean), ("std", std)] {
      guard let values else { continue }
      guard values.count == channels, values.allSatisfy(\.isFinite) else {
        throw PareError(.usage, "\(name) \(values) must hold one finite number for each of \(channels) channels")
      }
    }
    guard scale.isFinite, scale != 0, std?.allSatisfy({ $0 > 0 }) ?? true else {
      throw PareError(.usage, "scale must not be 0, and std must be positive")
    }
  }
}
