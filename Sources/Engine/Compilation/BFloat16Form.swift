/// How a plan for float32 serves values that are kept in bfloat16.
enum BFloat16Form {
  /// Not at all: its inputs are widened before it runs, or it has seen to bfloat16 itself.
  case none
  /// It moves elements without looking at them, and can be planned for those of two bytes.
  case moves
  /// It computes element by element, with broadcasting: any rows of the result can be computed on their own.
  ///
  /// `direct` does it in one pass where all operands are bfloat16 and as long as the result; nil where nobody has
  /// written that.
  case elementwise(direct: ((_ count: Int64, _ operands: Operands) -> Void)?)
  /// It computes every sample (axis 0) on its own.
  case samples

  /// Whether values may pass in bfloat16.
  var passesBFloat16: Bool { if case .none = self { false } else { true } }
}

/// A kernel with a form of its own for bfloat16, worth rounding its inputs for.
protocol BFloat16Kernel: KernelProvider {}
