import Datasets
import Graphs
import Tensors

/// Supplies what a student learns from beside the labels, for the very batch that the student sees.
public protocol TeacherSource: AnyObject {
  /// The values that it supplies, by the names that objectives ask for (`logits` is the usual one).
  var shapes: [String: ValueShape] { get }

  /// The values for a batch; raw pixels, augmented as the student gets them.
  /// - Throws: what running the teacher throws.
  func values(for batch: Batch) throws -> [String: Tensor]
}
