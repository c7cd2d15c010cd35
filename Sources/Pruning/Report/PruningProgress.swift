/// How far channel pruning is.
public enum PruningProgress: Sendable, Equatable {
  /// Measuring how sensitive groups are before a step (from 1).
  case sensitivity(step: Int, done: Int, all: Int)
  /// Comparing plans of what groups lose together, before a step.
  case plans(step: Int, done: Int, all: Int)
  /// A step removed channels; `remaining` is the fraction of the original resource.
  case pruned(step: Int, remaining: Double, top1: Double)
  /// A step lost too much at once and is tried again at half its size.
  case halved(step: Int, top1: Double)
  /// Fine-tuning begins.
  case fineTuning(step: Int, epochs: Int)
}
