import CKernels
import Graphs
import Tensors

/// Chooses between the dense form of a layer and forms that multiply only with the weights that are not zero.
///
/// `ProgramOptions.sparseWeights` says how: by the clock, by a fixed rule, or not at all. Parameters that may change keep
/// their layer dense.
struct SparseChoice {
  /// Below this share of weights that are not zero a sparse form may win.
  private static let densest = 0.6
  /// Layers of fewer multiply-accumulates are not worth measuring.
  private static let leastMACs = 1 << 16

  private let request: KernelRequest
  private let dense: KernelPlan
  /// How many weights there are, how many are not zero, and how many blocks of 16 outputs hold such a weight.
  let count: Int
  let elements: Int
  let blocks: Int

  /// Looks at a layer's weights; nil where the layer stays dense whatever they are.
  ///
  /// - Parameters:
  ///   - weights: one row for each output.
  init?(
    _ request: KernelRequest, dense: KernelPlan, rows: Int, columns: Int, macs: Int, weights: UnsafePointer<Float>
  ) {
    let isMeasured = request.options.sparseWeights == .measured
    if isMeasured, macs < Self.leastMACs { return nil }
    self.request = request
    self.dense = dense
    count = rows * columns
    var (elements, blocks) = (Int64(0), Int64(0))
    pk_sparse_count(Int64(rows), Int64(columns), weights, &elements, &blocks)
    (self.elements, self.blocks) = (Int(elements), Int(blocks))
    guard isMeasured else { return }
    guard elements > 0, Double(elements) <= Self.densest * Double(count) else { return nil }
    guard KernelTiming.fits(request) else { return nil }
  }

  /// Whether a layer's weights may be looked at: a parameter of a network that only runs, in float32.
  static func isOpen(_ request: KernelRequest) -> Bool {
    request.options.sparseWeights != .never && request.options.precision == .float32 && request.parameters.isFixed
      && request.parameterNames[1] != nil
      && request.storedTypes.allSatisfy { $0 == nil || $0 == .float32 }
  }

  /// Whether so many weights are zero that a sparse form may win.
  static func mayBeSparse(_ weights: Tensor?) -> Bool {
    guard let weights, weights.dataType == .float32, weights.count > 0 else { return false }
    var (elements, blocks) = (Int64(0), Int64(0))
    let rows = Int64(weights.shape[0])
    weights.withUnsafeBytes {
      pk_sparse_count(
        rows, Int64(weights.count) / rows, $0.bindMemory(to: Float.self).baseAddress!, &elements, &blocks)
    }
    return Double(elements) <= densest * Double(weights.count)
  }

  /// Whether weights that are not zero stand in blocks: keeping whole blocks then adds few zeros.
  var isBlocked: Bool { 10 * 16 * blocks <= 13 * elements }

  /// A plan that reports itself as sparse.
  func plan(
    _ kind: String, _ form: String, inputLayouts: [Layout?], outputLayout: Layout, make: @escaping () -> any Kernel
  ) -> KernelPlan {
    var plan = KernelPlan(inputLayouts: inputLayouts, outputLayouts: [outputLayout], make: make)
    plan.implementation = "\(form):\(Engine.instructionSet)"
    plan.kind = "Sparse\(kind)"
    plan.density = Double(elements) / Double(max(count, 1))
    return plan
  }

  /// The form to run, of sparse ones in the order of the fixed rule.
  func best(of plans: [KernelPlan]) throws -> KernelPlan {
    guard request.options.sparseWeights == .measured, !plans.isEmpty else { return plans.first ?? dense }
    let forms = [dense] + plans
    return forms[KernelTiming.fastest(try KernelTiming.leastSeconds(of: forms, for: request))]
  }
}
