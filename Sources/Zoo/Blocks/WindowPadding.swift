import Graphs

/// How many zeros a window finds around an image.
public enum WindowPadding: String, Sendable, CaseIterable, CustomStringConvertible {
  /// As many on either side, half the kernel (PyTorch's form).
  case symmetric
  /// As many as it takes for ceil(size / stride) pixels; an odd one below and to the right (TensorFlow's form).
  case same

  /// The word that options take.
  public var description: String { rawValue }

  /// The padding of a square window: before both axes, then after both.
  func pads(kernel: Int, stride: Int, height: Int, width: Int) -> [Int] {
    let autoPad: SpatialWindow.AutoPad = self == .same ? .sameUpper : .explicit
    let half = kernel / 2
    return SpatialWindow(
      kernel: [kernel, kernel], strides: [stride, stride], pads: [half, half, half, half], autoPad: autoPad
    ).resolvedPads(input: [height, width])
  }
}
