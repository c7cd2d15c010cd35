import Datasets
import Graphs
import Tensors

/// A network that Pare can build by name.
public protocol Architecture: Sendable {
  /// The name in `zoo:NAME`: lower case, digits and underscores.
  var name: String { get }
  /// One line: what it is and what it is for.
  var summary: String { get }
  /// Authors, year and title of where it comes from; nil where it is Pare's own.
  var paper: String? { get }
  /// The options it takes, with their defaults.
  var options: [ArchitectureOption] { get }
  /// How its images are prepared.
  func preparation(_ options: ArchitectureOptions) -> Preparation
  /// Builds the network in inference form, its BatchNormalizations kept, with fresh weights.
  ///
  /// The input is named `input`, the output `logits`, of shape batch x classes.
  /// - Throws: `PareError` where options do not go together.
  func build(_ options: ArchitectureOptions) throws -> Graph
}

extension Architecture {
  /// How its images are prepared with every option at its default.
  public var preparation: Preparation { preparation(ArchitectureOptions(defaultsOf: options)) }

  /// Builds the network with every option at its default.
  /// - Throws: as `build(_:)`.
  public func build() throws -> Graph { try build(ArchitectureOptions(defaultsOf: options)) }

  /// Trainable numbers, and multiply-accumulates for one sample, counted without drawing weights.
  /// - Throws: as `build(_:)`.
  public func size(_ options: ArchitectureOptions) throws -> (parameters: Int, macs: Int) {
    let graph = try build(options.withoutWeights())
    let shapes = try graph.shapes(batch: 1)
    let macs = graph.nodes.reduce(0) { sum, node in
      sum + node.op.macs(inputs: node.inputs.map { shapes[$0] }, outputs: node.outputs.compactMap { shapes[$0] })
    }
    let parameters = graph.trainableParameters().reduce(0) { $0 + graph.parameters[$1]!.shape.count }
    return (parameters, macs)
  }
}
