import Tensors

/// How samples are read.
public struct LoadingOptions: Sendable, Equatable {
  /// How images are prepared; nil: in the size that the data has (for a folder that of its first image).
  public var preparation: Preparation?
  /// The network input that images feed.
  public var inputName: String
  /// Threads that decode at load time.
  public var threads: Int
  /// The bytes that decoded images of a split may take; beyond that they are decoded batch by batch.
  public var memoryLimit: Int

  /// Makes options.
  public init(
    preparation: Preparation? = nil, inputName: String = "input", threads: Int? = nil, memoryLimit: Int = 2 << 30
  ) {
    self.preparation = preparation
    self.inputName = inputName
    self.threads = threads ?? Processors.available
    self.memoryLimit = memoryLimit
  }
}
