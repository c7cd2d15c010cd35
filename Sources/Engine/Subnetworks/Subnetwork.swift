import Graphs
import Tensors

/// A network that shares weights with a larger one: its trainable parameters are parts of those of the same name.
///
/// Slimmable networks (Yu et al. 2019), Once-for-all (Cai et al. 2020) and their like train many of them in one state.
public struct Subnetwork: Sendable {
  /// Where the running statistics of its normalisations are.
  public enum Statistics: Sendable, Hashable {
    /// In the leading channels of the larger network's; every sub-network moves them.
    case shared
    /// In parameters of its own, which are called after it: the statistics of a narrow network differ from those of a
    /// wide one (Yu et al. 2019, section 3.2).
    case own
  }

  /// Which part of a larger kernel a smaller one is.
  public enum Kernels: Sendable, Hashable {
    /// Its first rows and columns.
    case leading
    /// Its centre, as in Once-for-all without the transformation.
    case centred
  }

  /// A name, unique among the sub-networks of a state.
  public let name: String
  /// The network. Where statistics are its own, their names end in `@` and the sub-network's name.
  public let graph: Graph
  /// Which part of a larger kernel a smaller one is.
  public let kernels: Kernels

  /// Makes a sub-network.
  ///
  /// - Parameter graph: a network whose trainable parameters are called as those that they are parts of. Values that no
  ///   training changes (shapes, constants) are its own.
  public init(name: String, graph: Graph, statistics: Statistics = .shared, kernels: Kernels = .leading) {
    self.name = name
    self.kernels = kernels
    self.graph = statistics == .shared ? graph : graph.renamingStatistics { "\($0)@\(name)" }
  }

  /// The part of a larger parameter.
  func view(_ shape: Shape, of whole: Shape) -> ParameterView {
    kernels == .centred ? ParameterView(centred: shape, in: whole) : ParameterView(leading: shape)
  }
}

extension Graph {
  fileprivate func renamingStatistics(_ name: (String) -> String) -> Graph {
    let statistics = roles().filter { $0.value == .runningStatistic }
    var result = self
    result.parameters = [:]
    for (old, parameter) in parameters {
      result.parameters[statistics[old] == nil ? old : name(old)] = parameter
    }
    for index in result.nodes.indices {
      result.nodes[index].inputs = nodes[index].inputs.map { statistics[$0] == nil ? $0 : name($0) }
    }
    return result
  }
}
