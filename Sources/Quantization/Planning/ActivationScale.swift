import Graphs
import Tensors

/// How an activation becomes integers: uint8 from 0 where it is never negative, otherwise symmetric int8, both with zero
/// point 0.
struct ActivationScale: Hashable {
  /// The least scale, for activations that were always 0.
  static let least: Float = 1e-15

  /// One step of the integers.
  let scale: Float
  /// Whether the integers have no sign.
  let isUnsigned: Bool

  /// Makes the scale with which the largest integer stands for a magnitude.
  init(limit: Float, isUnsigned: Bool) {
    scale = limit > 0 ? max(limit / Float(Self.levels(isUnsigned)), Self.least) : 1
    self.isUnsigned = isUnsigned
  }

  /// The largest integer.
  static func levels(_ isUnsigned: Bool) -> Int { isUnsigned ? 255 : 127 }

  /// The integers' type.
  var dataType: DataType { isUnsigned ? .uint8 : .int8 }

  /// The least and greatest number that is represented.
  var range: [Double] {
    let largest = Double(scale) * Double(Self.levels(isUnsigned))
    return [isUnsigned ? 0 : -Double(scale) * 128, largest]
  }
}

extension QuantizationPlan {
  /// The scale of every rounded value, by what calibration saw.
  func scales(for graph: Graph, _ calibration: Calibration) -> [String: ActivationScale] {
    let inputs = graph.inputs.map(\.name).filter { calibration.minima[$0] ?? -1 >= 0 }
    let nonNegative = graph.nonNegativeValues(inputs: Set(inputs))
    var scales: [String: ActivationScale] = [:]
    for value in rounded where scales[value] == nil {
      let group = group(of: value)
      let isUnsigned = group.allSatisfy(nonNegative.contains)
      let levels = ActivationScale.levels(isUnsigned)
      let limit = group.compactMap { calibration.observers[$0]?.limit(levels: levels) }.max() ?? 0
      for member in group { scales[member] = ActivationScale(limit: limit, isUnsigned: isUnsigned) }
    }
    return scales
  }
}
