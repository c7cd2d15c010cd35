import Foundation
import Graphs
import ONNXFormat
import Tensors
import Testing

@testable import Engine

/// Gradients of networks that PyTorch exported against PyTorch's: figures made by
/// `Scripts/reference/exported_networks.py`, found through the environment variable `PARE_EXPORTS`. `Scripts/verify
/// exports` runs this; elsewhere it is skipped.
@Suite(.enabled(if: ExportedNetwork.folder != nil, "PARE_EXPORTS does not name a folder of exports"), .serialized)
struct ExportedNetworkTests {
  /// The norm of the difference over the norm, in one of the five sets of inputs at least: a pre-activation that rounding
  /// carries across zero switches its ReLU and moves all gradients of a set, while a wrong rule shows in every set. Where
  /// PyTorch's own float32 is off by more, twice that.
  static let tolerance = 1e-3
  /// Gradients below this share of the largest are cancelled sums (a bias in front of a normalisation by the batch's
  /// statistics), of which only the size is compared.
  static let negligible = 1e-6
  /// Parameters that the dynamo exporter looks up once and writes the result of, so that its file does not have them.
  static let lookedUp = "relative_position_bias_table"

  @Test(arguments: ExportedNetwork.all, [true, false])
  func gradients(_ network: ExportedNetwork, isExact: Bool) throws {
    let manifest = try network.manifest
    let results = try network.gradients(isExact: isExact)
    var worst = (name: "", error: 0.0)
    for (index, parameter) in manifest.parameters.enumerated() {
      if network.exporter == "dynamo", parameter.name.hasSuffix(Self.lookedUp) {
        #expect(results.allSatisfy { $0[index] == nil }, "\(parameter.name) is in the file, so that it can be compared")
        continue
      }
      var (errors, isNegligible) = ([Double](), true)
      for set in 0..<manifest.sets {
        let gradient = try #require(
          results[set][index], "nothing in Pare's network has the values of \(parameter.name)")
        let expected = try network.tensor("set\(set)/gradients/\(index).npy").doubles
        let difference = zip(gradient, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        let floor = Self.negligible * (manifest.parameters.map { $0.norms[set] }.max() ?? 0)
        errors.append(difference / max(parameter.norms[set], floor))
        isNegligible = isNegligible && parameter.norms[set] < floor
      }
      let error = errors.min()!
      let allowed = isNegligible ? 1 : max(Self.tolerance, 2 * parameter.float32_errors.min()!)
      #expect(error <= allowed, "\(parameter.name): \(errors), norms \(parameter.norms)")
      if !isNegligible, error > worst.error { worst = (parameter.name, error) }
    }
    print("figure: \(network)\(isExact ? " exact" : "") worst gradient \(worst.name) \(worst.error)")
  }
}

/// One network, mode and exporter of the folder of exports.
struct ExportedNetwork: Sendable, CustomTestStringConvertible, CustomStringConvertible {
  struct Manifest: Decodable {
    struct Parameter: Decodable {
      let name: String
      let norms: [Double]
      let float32_errors: [Double]
    }
    let network: String
    let mode: String
    let batch: Int
    let sets: Int
    let inputs: [String]
    let parameters: [Parameter]
  }

  static var folder: String? { ProcessInfo.processInfo.environment["PARE_EXPORTS"] }

  /// Every NAME/gradients/MODE that is complete, in both exporters' form.
  static var all: [ExportedNetwork] {
    guard let folder else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().flatMap { name in
      ["frozen", "training"].flatMap { mode in
        let place = URL(fileURLWithPath: folder).appending(path: "\(name)/gradients/\(mode)")
        guard FileManager.default.fileExists(atPath: place.appending(path: "manifest.json").path) else {
          return [ExportedNetwork]()
        }
        return ["script", "dynamo"].map { ExportedNetwork(place: place, name: "\(name) \(mode) \($0)", exporter: $0) }
      }
    }
  }

  let place: URL
  let name: String
  let exporter: String
  var description: String { name }
  var testDescription: String { name }

  var manifest: Manifest {
    get throws {
      try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: place.appending(path: "manifest.json")))
    }
  }

  func tensor(_ path: String) throws -> Tensor { try NPY.read(place.appending(path: path).path) }

  /// The gradients of the weighted sum of the output by the manifest's parameters, for each set of inputs in the
  /// manifest's order and each in PyTorch's order of elements; nil for a parameter that the graph does not have.
  func gradients(isExact: Bool) throws -> [[[Double]?]] {
    let manifest = try manifest
    let graph = try ONNXFile.read(place.appending(path: "\(exporter).onnx")).graph
    let weights = try tensor("output_weights.npy")
    let builder = try GraphBuilder(extending: graph)
    let output = Value(graph.outputs[0].name)
    let shares = builder.input("output_weights", shape: try builder.shape(of: output))
    let sum = try builder.add(ReduceSum(axes: [], keepDimensions: false), builder.product(output, shares))
    try builder.output(sum, as: "loss")
    let full = try builder.build()
    let matches = try manifest.parameters.indices.map { try match(try tensor("weights/\($0).npy"), in: full) }
    // What PyTorch trains is to be trained here.
    let trainable = Set(full.trainableParameters())
    #expect(matches.compactMap { $0?.name }.filter { !trainable.contains($0) } == [], "parameters that are not trained")
    var differentiated = try full.differentiated(
      loss: "loss", withRespectTo: Array(Set(matches.compactMap { $0?.name })).sorted(),
      training: manifest.mode == "training")
    let facts = try differentiated.graph.facts()
    for value in Set(differentiated.gradients.values).sorted() {
      differentiated.graph.outputs.append(GraphPort(value, facts[value]!.type))
    }
    let program = try Program(
      graph: differentiated.graph, batch: manifest.batch, parameters: ParameterMemory(graph: differentiated.graph),
      engine: Engine(threads: 2), options: ProgramOptions(fusesInference: false, isExact: isExact))
    return try (0..<manifest.sets).map { set in
      var inputs = ["output_weights": weights]
      for (index, name) in manifest.inputs.enumerated() { inputs[name] = try tensor("set\(set)/input\(index).npy") }
      let results = try program.run(inputs)
      return matches.map { match in
        guard let match, let value = differentiated.gradients[match.name], let gradient = results[value] else {
          return nil
        }
        return match.isTransposed ? gradient.transposedElements : gradient.doubles
      }
    }
  }

  /// The parameter that has a tensor's values, as they are or transposed: exporters rename and turn weights.
  private func match(_ tensor: Tensor, in graph: Graph) throws -> (name: String, isTransposed: Bool)? {
    let wanted = tensor.floats
    for (name, parameter) in graph.parameters
    where parameter.dataType == .float32 && parameter.shape.count == tensor.count {
      let found = parameter.tensor
      if found.floats == wanted { return (name, false) }
      if tensor.shape.rank == 2, found.shape == [tensor.shape[1], tensor.shape[0]],
        found.transposedElements.map({ Float($0) }) == wanted
      {
        return (name, true)
      }
    }
    return nil
  }
}

extension Tensor {
  /// The elements of a matrix, column by column.
  fileprivate var transposedElements: [Double] {
    let values = doubles
    return (0..<shape[1]).flatMap { column in (0..<shape[0]).map { values[$0 * shape[1] + column] } }
  }
}
