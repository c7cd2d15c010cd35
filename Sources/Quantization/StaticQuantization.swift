import Datasets
import Engine
import Graphs
import Tensors

/// Static 8-bit quantization after training: weights and activations become integers whose scales are known beforehand,
/// written in the standard QuantizeLinear / DequantizeLinear form of ONNX (Jacob et al. 2018, "Quantization and Training
/// of Neural Networks for Efficient Integer-Arithmetic-Only Inference"; symmetric throughout, unlike there).
///
/// - Weights: int8 with one scale an output channel, stored as integers with a DequantizeLinear.
/// - Activations: one scale a value; uint8 where a value is never negative, otherwise int8; the zero point is always 0,
///   so that padding is exact.
/// - Both inputs and the result of a sum or product, inputs and results of average pooling, and the result of a
///   convolution (behind its Relu or Clip) are rounded. Operators that only move values run on the integers.
/// - Biases: int32 in units of input scale times weight scale.
/// - Inputs and outputs of the network stay float32.
public struct StaticQuantization: Sendable {
  /// The settings.
  public var configuration: QuantizationConfiguration

  /// Makes the method.
  public init(_ configuration: QuantizationConfiguration) { self.configuration = configuration }

  /// Quantizes a network.
  ///
  /// - Parameters:
  ///   - model: the network in float32.
  ///   - split: training samples as raw pixels, of which `configuration.samples` are used; labels are not needed.
  ///   - batches: how the samples were prepared, where not by the model's own preparation.
  ///   - progress: called after each calibration batch with the number of samples so far and of all samples.
  /// - Returns: the new network and what was done.
  /// - Throws: `PareError.badInput` where the network is quantized already, or weights or activations are not finite;
  ///   `PareError.usage` where there is no layer to quantize.
  public func compress(
    _ model: Model, calibratingWith split: Split, batches: Preparation? = nil, engine: Engine,
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> (model: Model, report: QuantizationReport) {
    try configuration.validate()
    try Self.refuseQuantized(model.graph)
    var folded = model
    folded.graph = try model.graph.applying(
      StandardCleanup(), IdentityElimination(keepsTraining: false), BatchNormalizationFolding(), DeadNodeElimination())
    let graph = folded.graph
    let plan = try QuantizationPlan(graph, configuration)
    guard !plan.layers.isEmpty else {
      throw PareError(
        .usage,
        "the network has no layer that can be quantized: "
          + (plan.floatLayers.first.map { "\($0.name): \($0.reason)" } ?? "there is no convolution or dense layer"))
    }
    let layerInputs = graph.nodes.filter { plan.layers.contains($0.name) }.map { $0.inputs[0] }
    let calibration = try Calibration(
      folded, ranged: plan.rounded, averaged: configuration.correctsBias ? layerInputs.uniqued() : [], on: split,
      batches: batches, configuration, engine: engine, progress: progress)
    let rewriting = try IntegerRewriting(
      graph, plan: plan, scales: plan.scales(for: graph, calibration), means: calibration.means, configuration)
    var result = model
    result.graph = try rewriting.finished()
    // Scales along an axis exist since operator set 13.
    result.opset = max(model.opset, 13)
    result.history.append("quantized to int8, \(configuration.calibration) on \(calibration.samples) samples")
    let report = QuantizationReport(
      layers: rewriting.layers, floatLayers: plan.floatLayers, quantizedActivations: plan.rounded.count,
      calibration: configuration.calibration, samples: calibration.samples)
    return (result, report)
  }

  private static func isQuantized(_ op: any Operator) -> Bool {
    op is QuantizeLinear || op is DequantizeLinear || op is QLinearConv || op is QLinearMatMul || op is ConvInteger
      || op is MatMulInteger
  }

  private static func refuseQuantized(_ graph: Graph) throws {
    guard let node = graph.nodes.first(where: { Self.isQuantized($0.op) }) else { return }
    throw PareError(
      .badInput, "the network is quantized already; quantize the float network that it was made from",
      context: ["node": node.name, "operator": node.op.kind])
  }
}

extension Array where Element: Hashable {
  /// Each element once, in the order of its first place.
  fileprivate func uniqued() -> [Element] {
    var seen = Set<Element>()
    return filter { seen.insert($0).inserted }
  }
}
