import Graphs
import Tensors

/// A dense convolution as a filter on each channel, followed by a convolution of single pixels.
///
/// For each input channel i the weights W[:, i, :] are a matrix of O outputs by k taps (k = 9 for 3x3). Its best
/// approximation of rank one is s u v^T with the leading singular triple (Eckart and Young 1936); the channel's filter is
/// sqrt(s) v, its column of the 1x1 weights sqrt(s) u, signed so that the filter's largest tap is positive. Filters do not
/// touch each other's channels, so that this is the best pair for the whole bank in the Frobenius norm. Stride, padding
/// and dilation stay with the filters, the bias with the 1x1 convolution. (Howard et al. 2017, "MobileNets", section 3.1,
/// has the pair; Guo et al. 2018, "Network decoupling: from regular to depthwise separable convolutions", the rank-one
/// start.)
///
/// Of parameters and multiply-accumulates 1/O + 1/k is left: C k + C O of O C k, at the same number of positions.
public struct DepthwiseSeparable: FactorizationMethod {
  /// `depthwise-separable`
  public static let identifier = "depthwise-separable"
  /// One line for help texts.
  public static let summary = "a filter on each channel, then a 1x1 convolution; the best rank-one fit per channel"
  /// The share that should be left.
  public static let ratioFormula = "1/O + 1/k\u{B2}"

  /// Makes the method, which has no numbers of its own.
  public init(_ configuration: FactorizationConfiguration = FactorizationConfiguration()) {}

  /// Convolutions.
  public func isAbout(_ op: any Operator) -> Bool { op is Convolution }

  /// Single pixels, groups and filters on single channels are separable already.
  public func obstacle(to layer: FactorizableLayer) -> String? {
    guard let convolution = layer.op as? Convolution else { return "it is no convolution" }
    if convolution.groups > 1 {
      return layer.weights.shape[1] == 1 ? "it is depthwise already" : "it is in \(convolution.groups) groups"
    }
    return convolution.window.kernel.allSatisfy { $0 == 1 } ? "it is 1x1" : nil
  }

  /// The filters and the 1x1 convolution.
  public func factors(of layer: FactorizableLayer) throws -> LayerFactors {
    guard let convolution = layer.op as? Convolution else {
      throw PareError(.internalFault, "\(layer.name) is no convolution")
    }
    let shape = layer.weights.shape
    let (outputs, channels, taps) = (shape[0], shape[1], convolution.window.kernel.reduce(1, *))
    let weights = layer.weights.doubles
    var filters = [Double](repeating: 0, count: channels * taps)
    var points = [Double](repeating: 0, count: outputs * channels)
    for channel in 0..<channels {
      var matrix: [Double] = []
      matrix.reserveCapacity(outputs * taps)
      for output in 0..<outputs {
        let start = (output * channels + channel) * taps
        matrix += weights[start..<start + taps]
      }
      let decomposition = SingularValueDecomposition(matrix, rows: outputs, columns: taps)
      let filter = Array(decomposition.right(0))
      let largest = filter.max { abs($0) < abs($1) } ?? 0
      let scale = (largest < 0 ? -1.0 : 1.0) * decomposition.values[0].squareRoot()
      for tap in 0..<taps { filters[channel * taps + tap] = scale * filter[tap] }
      for (output, number) in decomposition.left(0).enumerated() {
        points[output * channels + channel] = scale * number
      }
    }
    let type = layer.weights.dataType
    let filterShape = Shape([channels, 1] + convolution.window.kernel)
    let pointShape = Shape([outputs, channels] + convolution.window.kernel.map { _ in 1 })
    let filter = Tensor(doubles: filters, shape: filterShape, dataType: type)
    let point = Tensor(doubles: points, shape: pointShape, dataType: type)
    let window = SpatialWindow(kernel: convolution.window.kernel.map { _ in 1 })
    return LayerFactors(
      factors: [
        .init("depthwise", Convolution(window: convolution.window, groups: channels), filter),
        .init("pointwise", Convolution(window: window), point),
      ],
      residual: residual(weights, filter.doubles, point.doubles, taps: taps),
      expectedRatio: 1 / Double(outputs) + 1 / Double(taps))
  }

  /// The norm of W[o,c,t] - p[o,c] d[c,t].
  private func residual(_ weights: [Double], _ filters: [Double], _ points: [Double], taps: Int) -> Double {
    let channels = filters.count / taps
    var sum = 0.0
    for place in points.indices {
      let filter = place % channels * taps
      for tap in 0..<taps {
        let difference = weights[place * taps + tap] - points[place] * filters[filter + tap]
        sum += difference * difference
      }
    }
    return sum.squareRoot()
  }
}
