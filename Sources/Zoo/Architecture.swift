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
  var preparation: Preparation { get }
  /// Builds the network in inference form, its BatchNormalizations kept, with fresh weights.
  ///
  /// The input is named `input`, the output `logits`, of shape batch x classes.
  /// - Throws: `PareError.usage` where options do not go together.
  func build(_ options: ArchitectureOptions) throws -> Graph
}

extension Architecture {
  /// Builds the network with every option at its default.
  /// - Throws: as `build(_:)`.
  public func build() throws -> Graph { try build(ArchitectureOptions(defaultsOf: options)) }
}
