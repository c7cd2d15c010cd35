import Foundation
import Graphs
import Tensors

/// A layer's weights and bias as integers.
///
/// Weights: q = clamp(round(w / s), -127, 127) with s = max|w| / 127 of the output channel (or of all weights), halves to
/// even, so that 0 is exact and the error is at most s / 2. Bias: round(b / (s_x * s)) in 32 bits. Where a channel's
/// weights are so small against its bias that this would pass 2^30, its scale is made larger until it fits.
struct QuantizedWeights {
  /// The largest bias, which leaves half of the accumulator's range to the products.
  static let largestBias = Float(1 << 30)

  /// The least scale of weights: products with the least scale of activations are still normal numbers.
  static let leastScale: Float = 1e-18

  /// int8, of the weights' shape.
  let integers: Tensor
  /// One scale per output channel, or one for all.
  let scales: [Float]
  /// int32, one per output; nil where there is none.
  let bias: Tensor?
  /// The input's scale times the weights' scales.
  let biasScales: [Float]
  /// The signal-to-noise ratio of the weights in decibels; nil where nothing was lost.
  let signalToNoise: Double?

  /// Rounds.
  ///
  /// - Parameters:
  ///   - inputScale: the scale of the layer's input.
  ///   - means: the mean of each input channel; the mean error sum_c (w - w_rounded) * mean_c is then added to the bias
  ///     (Nagel et al. 2019, "Data-Free Quantization", equation 16, with measured means). Nil: no correction.
  /// - Throws: `PareError.badInput` where a weight or bias is not a finite number.
  init(
    _ op: any WeightQuantizable, weights: Tensor, bias: Tensor?, inputScale: Float, isPerChannel: Bool, means: [Double]?
  ) throws {
    guard weights.isFinite, bias?.isFinite ?? true else {
      throw PareError(.badInput, "a weight or bias is not a finite number; the network cannot be quantized")
    }
    let axis = op.outputAxis
    let outputs = weights.shape[axis]
    let inner = weights.shape.dimensions[(axis + 1)...].reduce(1, *)
    let values = weights.floats
    let biases = bias?.floats
    var limits = [Float](repeating: 0, count: outputs)
    for (index, value) in values.enumerated() {
      let channel = index / inner % outputs
      limits[channel] = max(limits[channel], abs(value))
    }
    if !isPerChannel { limits = limits.map { _ in limits.max() ?? 0 } }
    var scales = limits.indices.map { channel -> Float in
      let own = max(limits[channel] / 127, Self.leastScale)
      return max(own, abs(biases?[channel] ?? 0) / inputScale / Self.largestBias)
    }
    if !isPerChannel { scales = scales.map { _ in scales.max() ?? 1 } }
    // A channel of zeros needs no fine scale; one of the size of the input's keeps its bias exact enough.
    scales = zip(scales, limits).map { $1 == 0 ? max($0, 0x1p-16) : $0 }

    var integers = [Int8](repeating: 0, count: values.count)
    var errors = [Double](repeating: 0, count: outputs)
    let channels = means.map { _ in op.inputChannels(weights: weights.shape) }
    var (signal, noise) = (0.0, 0.0)
    for (index, value) in values.enumerated() {
      let output = index / inner % outputs
      let level = max(-127, min(127, (value / scales[output]).rounded(.toNearestOrEven)))
      integers[index] = Int8(level)
      let error = Double(value) - Double(level) * Double(scales[output])
      signal += Double(value) * Double(value)
      noise += error * error
      if let means, let channels { errors[output] += error * means[channels[index]] }
    }
    let products = scales.map { $0 * inputScale }
    if biases != nil || (means != nil && op.takesBias) {
      self.bias = Tensor(
        (0..<outputs).map { channel -> Int32 in
          let corrected = Double(biases?[channel] ?? 0) + errors[channel]
          let level = (corrected / Double(products[channel])).rounded(.toNearestOrEven)
          return Int32(max(Double(Int32.min), min(Double(Int32.max), level)))
        })
    } else {
      self.bias = nil
    }
    self.integers = Tensor(integers, shape: weights.shape)
    self.scales = isPerChannel ? scales : [scales.first ?? 1]
    biasScales = isPerChannel ? products : [products.first ?? 1]
    signalToNoise = noise > 0 && signal > 0 ? 10 * log10(signal / noise) : nil
  }
}
