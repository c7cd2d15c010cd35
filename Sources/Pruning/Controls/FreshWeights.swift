import Graphs
import Tensors

/// The same network with weights as they are before any training: the control that pruning has to beat.
///
/// Liu, Sun, Zhou, Huang, Darrell 2019, "Rethinking the value of network pruning": what is left of a network, trained from
/// fresh weights for as long, is often as good. Weights of convolutions and dense layers are drawn by He's rule, normal of
/// variance 2 / (inputs of one output); biases and shifts are 0, scales 1, running means 0 and variances 1.
public struct FreshWeights {
  /// The seed of the weights.
  public var seed: UInt64

  /// Names a seed.
  public init(seed: UInt64) { self.seed = seed }

  /// The network with fresh weights; constants and what is not trained stay.
  /// - Throws: what shape inference throws.
  public func applied(to graph: Graph) throws -> Graph {
    var result = graph
    func set(_ name: String, _ tensor: Tensor) {
      let type = graph.parameters[name]!.dataType
      result.parameters[name] = .dense(type == .float32 ? tensor : tensor.cast(to: type))
    }
    func fill(_ name: String, _ value: Float) {
      guard let parameter = graph.parameters[name] else { return }
      set(name, Tensor([Float](repeating: value, count: parameter.shape.count), shape: parameter.shape))
    }
    var drawn: Set<String> = []
    for layer in try graph.weightedLayers() where drawn.insert(layer.weights).inserted {
      let shape = graph.parameters[layer.weights]!.shape
      let inputs = max(1, shape.count / max(1, shape[layer.axes.output]))
      var random = RandomScores.source(seed: seed, name: layer.weights)
      set(layer.weights, .normal(shape, deviation: (2 / Double(inputs)).squareRoot(), from: &random))
    }
    for (name, role) in graph.roles() where !drawn.contains(name) {
      switch role {
      case .bias, .normalizationShift: fill(name, 0)
      case .normalizationScale: fill(name, 1)
      default: break
      }
    }
    for node in graph.nodes where node.op is BatchNormalization {
      fill(node.inputs[3], 0)
      fill(node.inputs[4], 1)
    }
    return result
  }
}
