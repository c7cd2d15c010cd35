import Foundation
import Graphs
import ONNXFormat
import TestSupport
import Tensors
import Zoo

@testable import PareFormat

/// Networks for tests of files.
enum Networks {
  /// A network of the zoo with everything beside it that a model can have.
  static func digits() throws -> Model {
    var model = try Zoo.model(ZooReference(parsing: "zoo:digits_mlp"))
    model.labels = (0..<10).map { "digit \($0)" }
    model.documentation = "Ten digits."
    model.metadata["author"] = "someone"
    return model
  }

  /// A few weights of several types and forms, small enough to damage every byte of: a dense layer with zeros, a layer of
  /// half precision, and the constants of a Reshape.
  static func small() throws -> Model {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(8)])
    var weights = [Float](repeating: 0, count: 8 * 16)
    for index in stride(from: 3, to: weights.count, by: 7) { weights[index] = Float(index) / 16 - 3 }
    let first = builder.parameter("first", Tensor(weights, shape: [8, 16]))
    let second = builder.parameter("second", Tensor((0..<32).map { Float($0) / 8 }, shape: [16, 2]))
    let hidden = try builder.relu(builder.add(MatMul(), x, first))
    try builder.output(builder.add(MatMul(), hidden, second), as: "y")
    var graph = try builder.build()
    let half = try CodedTensor(halfPrecision: graph.parameters["second"]!.tensor.cast(to: .float16))
    graph.parameters["second"] = .coded(half)
    return Model(graph, metadata: ["note": "small"], documentation: "A test.", producer: "test 1.0", opset: 13)
  }

  /// Sets a share of every weight of rank 2 and more to zero, evenly spread.
  static func pruned(_ model: Model, sparsity: Double) throws -> Model {
    var model = model
    var random = RandomSource(seed: 1)
    for (name, parameter) in model.graph.parameters where parameter.shape.rank > 1 {
      let values = parameter.tensor.floats.map { random.uniform() < sparsity ? 0 : $0 }
      model.graph.parameters[name] = .dense(Tensor(values, shape: parameter.shape))
    }
    return model
  }
}
