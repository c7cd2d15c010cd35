import Graphs
import Tensors

/// The weights of one layer, divided into what is set to zero together.
struct WeightUnits {
  /// The name of the weights.
  let name: String
  /// The unit that each weight belongs to, in memory order.
  let unitOf: [Int32]
  /// How many weights each unit has.
  let sizes: [Int32]
  /// Where units compete only with their neighbours: the group that each unit belongs to; nil: with all of the layer.
  let groupOf: [Int32]?

  /// Divides a layer's weights.
  /// - Returns: nil where the granularity does not fit, see `reason`.
  init?(_ layer: WeightedLayer, shape: Shape, granularity: WeightGranularity) {
    guard Self.reason(against: granularity, for: layer, shape: shape) == nil, let input = layer.reductionAxis(shape)
    else { return nil }
    name = layer.weights
    let places = Places(shape, output: layer.axes.output, input: input)
    switch granularity {
    case .weight:
      unitOf = (0..<Int32(shape.count)).map { $0 }
      groupOf = nil
    case .kernel:
      unitOf = (0..<shape.count).map { places.output($0) * Int32(places.inputs) + places.input($0) }
      groupOf = nil
    case .block(let inputs, let outputs):
      let rows = (places.inputs + inputs - 1) / inputs
      let columns = (places.outputs + outputs - 1) / outputs
      unitOf = (0..<shape.count).map { index in
        let row = Int(places.input(index)) / inputs
        let column = Int(places.output(index)) / outputs
        return Int32((Int(places.position(index)) * rows + row) * columns + column)
      }
      groupOf = nil
    case .pattern(_, let all):
      unitOf = (0..<Int32(shape.count)).map { $0 }
      let groups = places.inputs / all
      groupOf = (0..<shape.count).map { index in
        let line = Int(places.position(index)) * places.outputs + Int(places.output(index))
        return Int32(line * groups + Int(places.input(index)) / all)
      }
    }
    var sizes = [Int32](repeating: 0, count: Int(unitOf.max() ?? -1) + 1)
    for unit in unitOf { sizes[Int(unit)] += 1 }
    self.sizes = sizes
  }

  /// Why a layer's weights are left as they are; nil where the granularity fits.
  static func reason(against granularity: WeightGranularity, for layer: WeightedLayer, shape: Shape) -> String? {
    guard let input = layer.reductionAxis(shape) else { return "a depthwise layer: each filter reads one channel" }
    switch granularity {
    case .weight, .block: return nil
    case .kernel: return shape.rank > 2 ? nil : "a dense layer: it has no kernels"
    case .pattern(_, let all):
      return shape[input].isMultiple(of: all) ? nil : "\(shape[input]) inputs are no multiple of \(all)"
    }
  }

  /// The mean of the scores of each unit's weights.
  func scores(of weights: [Double]) -> [Double] {
    precondition(weights.count == unitOf.count, "\(weights.count) scores for \(unitOf.count) weights of \(name)")
    guard sizes.count < unitOf.count else { return weights }
    var sums = [Double](repeating: 0, count: sizes.count)
    for (unit, weight) in zip(unitOf, weights) { sums[Int(unit)] += weight }
    return zip(sums, sizes).map { $0 / Double($1) }
  }
}

extension WeightedLayer {
  /// The axis of the weights whose elements are multiplied and summed for one output: that of the inputs, within their
  /// group; nil for depthwise layers.
  func reductionAxis(_ shape: Shape) -> Int? {
    axes.input ?? (op is Convolution && shape[1] > 1 ? 1 : nil)
  }
}

/// Where a weight stands: its output, its input, and its position in the kernel.
private struct Places {
  let outputs: Int
  let inputs: Int
  private let outputStep: Int
  private let inputStep: Int
  private let kernel: Int

  init(_ shape: Shape, output: Int, input: Int) {
    outputs = shape[output]
    inputs = shape[input]
    outputStep = shape.strides[output]
    inputStep = shape.strides[input]
    kernel = shape.dimensions.dropFirst(2).reduce(1, *)
  }

  func output(_ index: Int) -> Int32 { Int32(index / outputStep % outputs) }
  func input(_ index: Int) -> Int32 { Int32(index / inputStep % inputs) }
  func position(_ index: Int) -> Int32 { Int32(index % kernel) }
}
