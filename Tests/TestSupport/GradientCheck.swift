import Graphs
import Tensors

/// Compares an operator's gradient rule with central differences of its reference evaluation, in double precision.
///
/// The operator stands in a graph whose loss is the sum of its outputs weighted by fixed random numbers. Every element
/// of every differentiated input is checked, and beside that random directions over all inputs at once: a rule that is
/// wrong for a few elements shows in the first, one that is slightly wrong everywhere in the second. Keep inputs away
/// from kinks (0 for Relu, equal elements for MaxPool) by more than `step`.
public struct GradientCheck {
  /// Half the distance of the two points. Truncation costs about step^2 = 1e-10, rounding 1e-16 / step = 1e-11.
  public static let step = 1e-5
  /// How far a derivative may be from the difference quotient, relative to the larger of 1 and its size: 100 times the
  /// errors that the step makes, for third derivatives and sums of that size, and a ten thousandth of what matters.
  public static let elementTolerance = 1e-7
  /// The same along a random direction of length 1 an element, where errors of all elements add up.
  public static let directionTolerance = 1e-6
  /// How many random directions are tried.
  public static let directions = 3

  /// Adds the operator under test, or several of them, and gives its outputs.
  public var build: (GraphBuilder, [Value?]) throws -> [Value]
  /// Its inputs; nil for an absent one.
  public var inputs: [Tensor?]
  /// The inputs to differentiate by.
  public var wanted: [Int]
  /// The outputs that enter the loss.
  public var outputs: [Int]
  /// Whether operators take their training form.
  public var training: Bool
  /// The shape of an input where it is not fixed: a batch axis.
  public var shapes: [Int: ValueShape]
  /// The batch size.
  public var batch: Int

  /// Prepares a check of one operator.
  public init(
    _ op: any Operator, _ inputs: [Tensor?], wanted: [Int], outputs: [Int] = [0], training: Bool = false,
    shapes: [Int: ValueShape] = [:], batch: Int = 1
  ) {
    self.init(inputs, wanted: wanted, outputs: outputs, training: training, shapes: shapes, batch: batch) {
      try $0.add(op, $1)
    }
  }

  /// Prepares a check of whatever `build` adds.
  public init(
    _ inputs: [Tensor?], wanted: [Int], outputs: [Int] = [0], training: Bool = false,
    shapes: [Int: ValueShape] = [:], batch: Int = 1, build: @escaping (GraphBuilder, [Value?]) throws -> [Value]
  ) {
    self.build = build
    self.inputs = inputs
    self.wanted = wanted
    self.outputs = outputs
    self.training = training
    self.shapes = shapes
    self.batch = batch
  }

  /// The places where rule and difference quotient disagree; empty where the rule is right.
  /// - Throws: what building or evaluating the graph throws.
  public func mismatches() throws -> [String] {
    let (graph, weights) = try lossGraph()
    let targets = wanted.map { "x\($0)" }
    let differentiated = try graph.differentiated(loss: "loss", withRespectTo: targets, training: training)
    let loss = differentiated.graph.outputs[0].name
    var feeds = weights
    for (index, input) in inputs.enumerated() { feeds["x\(index)"] = input.map(Self.doubled) }
    let values = try ReferenceEvaluation(of: differentiated.graph, inputs: feeds, batch: batch, double: true).values
    let forward = training ? differentiated.graph : graph
    func lossAt(_ changes: [String: Tensor]) throws -> Double {
      let moved = feeds.merging(changes) { $1 }
      return try ReferenceEvaluation(of: forward, inputs: moved, batch: batch, double: true).values[loss]!.doubles[0]
    }
    var found: [String] = []
    var gradients: [String: [Double]] = [:]
    for target in targets {
      let point = feeds[target]!
      guard let name = differentiated.gradients[target] else {
        found.append("\(target) has no gradient")
        continue
      }
      guard values[name]!.shape == point.shape else {
        found.append("the gradient by \(target) has shape \(values[name]!.shape), not \(point.shape)")
        continue
      }
      let gradient = values[name]!.doubles
      gradients[target] = gradient
      for index in 0..<point.count {
        func moved(_ distance: Double) -> Tensor {
          var elements = point.doubles
          elements[index] += distance
          return Tensor(elements, shape: point.shape)
        }
        let quotient = (try lossAt([target: moved(Self.step)]) - lossAt([target: moved(-Self.step)])) / (2 * Self.step)
        if !Self.agree(gradient[index], quotient, Self.elementTolerance) {
          found.append("\(target)[\(index)]: rule \(gradient[index]), difference quotient \(quotient)")
        }
      }
    }
    guard found.isEmpty else { return found }
    var random = RandomSource(seed: 11)
    for number in 0..<Self.directions {
      var slope = 0.0
      var (ahead, behind): ([String: Tensor], [String: Tensor]) = ([:], [:])
      for target in targets {
        let point = feeds[target]!
        let direction = (0..<point.count).map { _ in random.normal() }
        slope += zip(gradients[target]!, direction).reduce(0) { $0 + $1.0 * $1.1 }
        ahead[target] = Tensor(zip(point.doubles, direction).map { $0 + Self.step * $1 }, shape: point.shape)
        behind[target] = Tensor(zip(point.doubles, direction).map { $0 - Self.step * $1 }, shape: point.shape)
      }
      let quotient = (try lossAt(ahead) - lossAt(behind)) / (2 * Self.step)
      if !Self.agree(slope, quotient, Self.directionTolerance) {
        found.append("direction \(number): rule \(slope), difference quotient \(quotient)")
      }
    }
    return found
  }

  /// The graph, and the random weights of the outputs, which are inputs so that they may have a batch axis.
  private func lossGraph() throws -> (graph: Graph, weights: [String: Tensor]) {
    let builder = GraphBuilder()
    let values = inputs.enumerated().map { index, input in
      input.map { tensor in
        let type = tensor.dataType == .float64 ? DataType.float32 : tensor.dataType
        return builder.input("x\(index)", type, shape: shapes[index] ?? ValueShape(tensor.shape))
      }
    }
    let results = try build(builder, values)
    var random = RandomSource(seed: 5)
    var loss: Value?
    var feeds: [String: Tensor] = [:]
    for index in outputs {
      let shape = try builder.shape(of: results[index])
      let weights = builder.input("weights\(index)", shape: shape)
      let numbers = Tensor.uniform(shape.bound(toBatch: batch), in: 0.5...1.5, from: &random)
      feeds[weights.name] = Self.doubled(numbers)
      let total = try builder.add(
        ReduceSum(axes: [], keepDimensions: false), builder.product(results[index], weights))
      loss = try loss.map { try builder.sum($0, total) } ?? total
    }
    try builder.output(loss!, as: "loss")
    return (try builder.build(), feeds)
  }

  private static func doubled(_ tensor: Tensor) -> Tensor {
    tensor.dataType == .float32 ? tensor.cast(to: .float64) : tensor
  }

  private static func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(a), abs(b))
  }
}
