import Tensors

/// Where an image is placed in its training input: shifted, and mirrored or not.
///
/// Output pixel (y, x) is input pixel (y + down, x + right) of the image (of its mirror image where `isFlipped`);
/// pixels outside the image are 0 (black).
public struct Placement: Sendable, Equatable {
  /// Rows between an output pixel and its source.
  public var down: Int
  /// Columns between an output pixel and its source.
  public var right: Int
  /// Whether the image is mirrored left to right before it is shifted.
  public var isFlipped: Bool

  /// Makes a placement.
  public init(down: Int, right: Int, isFlipped: Bool) {
    self.down = down
    self.right = right
    self.isFlipped = isFlipped
  }

  /// The image as it is.
  public static let identity = Placement(down: 0, right: 0, isFlipped: false)
}

/// How training images are varied.
///
/// The numbers come from a stream keyed on (seed, epoch, image), so that an image is placed the same in a resumed run,
/// on another number of threads, and for teacher and student.
public protocol AugmentationPolicy: Sendable {
  /// The name on the command line and in recipes.
  static var identifier: String { get }
  /// One line for help texts.
  static var summary: String { get }
  /// The policy with its usual numbers.
  init()
  /// Draws the placement of an image.
  func placement(from random: inout RandomSource) -> Placement
}

extension RandomSource {
  /// The next integer uniform in 0 ..< bound (bias below bound / 2^64).
  mutating func index(below bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }
}
