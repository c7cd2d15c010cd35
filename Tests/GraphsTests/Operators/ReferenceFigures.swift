import Foundation
import Graphs
import Tensors

/// Single operators with what ONNX Runtime computes for them, made by `Scripts/reference/operator-cases.py`.
struct ReferenceFigures: Decodable {
  struct Array: Decodable, Sendable {
    var type: String
    var shape: [Int]
    var values: [Double]
    var constant: Bool?

    var tensor: Tensor {
      get throws {
        let names = ["bool": DataType.bool]
        guard let dataType = names[type] ?? DataType(rawValue: type) else {
          throw PareError(.badInput, "the fixture has elements of type \(type)")
        }
        return Tensor(doubles: values, shape: Shape(shape), dataType: dataType)
      }
    }
  }

  struct Attribute: Decodable, Sendable {
    var int: Int?
    var float: Float?
    var string: String?
    var ints: [Int]?
    var floats: [Float]?
    var tensor: Array?

    var value: AttributeValue {
      get throws {
        if let int { return .int(int) }
        if let float { return .float(float) }
        if let string { return .string(string) }
        if let ints { return .ints(ints) }
        if let floats { return .floats(floats) }
        guard let tensor else { throw PareError(.badInput, "the fixture has an empty attribute") }
        return .tensor(try tensor.tensor)
      }
    }
  }

  struct Case: Decodable, Sendable {
    var name: String
    var type: String
    var opset: Int
    var attributes: [String: Attribute]
    var inputs: [Array?]
    var outputs: [Array]
  }

  var source: String
  var cases: [Case]

  static func load() throws -> ReferenceFigures {
    guard let url = Bundle.module.url(forResource: "operators", withExtension: "json", subdirectory: "Fixtures") else {
      throw PareError(.notFound, "Fixtures/operators.json is not in the test bundle")
    }
    return try JSONDecoder().decode(ReferenceFigures.self, from: Data(contentsOf: url))
  }
}
