import Graphs
import Tensors

/// Replaces layers by smaller ones that together do nearly the same. What comes out is an ordinary network, which usually
/// wants some training.
///
/// ```swift
/// let configuration = try FactorizationConfiguration(ignore: ["layer1.*"])
/// let (smaller, report) = try Factorization(configuration).compress(model)
/// ```
public struct Factorization: Sendable {
  /// Which layers, and how.
  public var configuration: FactorizationConfiguration

  /// Prepares a factorization.
  public init(_ configuration: FactorizationConfiguration = FactorizationConfiguration()) {
    self.configuration = configuration
  }

  /// The model with replaced layers, and what was done.
  /// - Throws: `PareError.usage` where a name fits no layer, `.badInput` where there is nothing to replace.
  public func compress(_ model: Model) throws -> (model: Model, report: FactorizationReport) {
    var result = model
    let report: FactorizationReport
    (result.graph, report) = try factorized(model.graph)
    result.history.append("\(configuration.method): \(report.layers.count) layers replaced")
    return (result, report)
  }

  /// The network with replaced layers, and what was done.
  /// - Throws: as `compress(_:)`.
  public func factorized(_ graph: Graph) throws -> (graph: Graph, report: FactorizationReport) {
    let kind = try FactorizationMethods.named(configuration.method)
    let method = try kind.init(configuration)
    let consumers = graph.consumers()
    var patch = GraphPatch()
    var names = graph.allNames()
    var report = FactorizationReport(method: kind.identifier, layers: [], skipped: [])
    var replacements: [String: Set<String>] = [:]
    for (node, isFirst) in try chosen(in: graph, method) {
      switch layer(node, isFirst: isFirst, in: graph, consumers, method) {
      case .failure(let obstacle): report.skipped.append(.init(name: node.name, reason: obstacle.reason))
      case .success(let layer):
        let factors = try method.factors(of: layer)
        replacements[node.name] = replace(node, by: factors, &patch, &names)
        let norm = layer.weights.doubles.reduce(0) { $0 + $1 * $1 }.squareRoot()
        report.layers.append(
          .init(
            name: node.name, weights: layer.weights.shape.dimensions,
            relativeError: norm > 0 ? factors.residual / norm : 0, expectedRatio: factors.expectedRatio,
            parametersBefore: 0, parametersAfter: 0, macsBefore: 0, macsAfter: 0))
      }
    }
    guard !report.layers.isEmpty else { throw nothingToReplace(report.skipped) }
    let result = try patch.applied(to: graph)
    try measure(&report, before: graph, after: result, replacements)
    return (result, report)
  }

  // MARK: Choosing

  private struct Obstacle: Error {
    let reason: String
  }

  /// The nodes of the method's kind that are named, in order, and whether each is the first of its kind in the network.
  private func chosen(
    in graph: Graph, _ method: any FactorizationMethod
  ) throws -> [(node: Node, isFirst: Bool)] {
    let candidates = graph.nodes.filter { method.isAbout($0.op) && $0.inputs.count > 1 }
    let wanted = try nodes(among: candidates, fitting: configuration.layers)
    let ignored = try nodes(among: candidates, fitting: configuration.ignore)
    return candidates.enumerated().filter { wanted.contains($1.name) && !ignored.contains($1.name) }
      .map { ($1, $0 == 0) }
  }

  private func nodes(among candidates: [Node], fitting patterns: [String]) throws -> Set<String> {
    var result: Set<String> = []
    for text in patterns {
      let pattern = NamePattern(text: text)
      let fitting = candidates.filter { pattern.matches($0.name) || pattern.matches($0.inputs[1]) }
      guard !fitting.isEmpty || text == "*" else {
        throw PareError(
          .usage, "no layer that \(configuration.method) is about is called \"\(text)\"; `pare inspect` lists the names"
        )
      }
      result.formUnion(fitting.map(\.name))
    }
    return result
  }

  private func layer(
    _ node: Node, isFirst: Bool, in graph: Graph, _ consumers: [String: [Int]], _ method: any FactorizationMethod
  ) -> Result<FactorizableLayer, Obstacle> {
    guard let parameter = graph.parameters[node.inputs[1]], parameter.dataType.isFloat else {
      return .failure(Obstacle(reason: "its weights are computed or integers"))
    }
    guard parameter.shape.count > 0 else { return .failure(Obstacle(reason: "it has no weights")) }
    let layer = FactorizableLayer(name: node.name, op: node.op, weights: parameter.tensor)
    if let reason = method.obstacle(to: layer) { return .failure(Obstacle(reason: reason)) }
    if isFirst, !configuration.includesFirst {
      return .failure(Obstacle(reason: "it is the first; include_first replaces it too"))
    }
    if (consumers[node.inputs[1]]?.count ?? 0) > 1 {
      return .failure(Obstacle(reason: "it shares its weights with another layer"))
    }
    guard layer.weights.isFinite else { return .failure(Obstacle(reason: "its weights are not all finite numbers")) }
    return .success(layer)
  }

  private func nothingToReplace(_ skipped: [FactorizationReport.Skipped]) -> PareError {
    let reasons = skipped.prefix(3).map { "\($0.name): \($0.reason)" }.joined(separator: "; ")
    return PareError(
      .badInput,
      "the network has no layer that \(configuration.method) can replace" + (reasons.isEmpty ? "" : " (\(reasons))"))
  }

  // MARK: Replacing

  /// Puts the factors in the place of a node; returns the names of their nodes.
  private func replace(
    _ node: Node, by factors: LayerFactors, _ patch: inout GraphPatch, _ names: inout Set<String>
  ) -> Set<String> {
    let weightStem =
      node.inputs[1].hasSuffix(".weight") ? String(node.inputs[1].dropLast(".weight".count)) : node.name
    var value = node.inputs[0]
    var nodes: [Node] = []
    for (index, factor) in factors.factors.enumerated() {
      let isLast = index == factors.factors.count - 1
      let weights = names.insertFresh("\(weightStem).\(factor.suffix).weight")
      patch.setParameter(weights, .dense(factor.weights))
      let output = isLast ? node.outputs[0] : names.insertFresh("\(node.name).\(factor.suffix).out")
      let bias = isLast ? Array(node.inputs.dropFirst(2)) : []
      nodes.append(
        Node(
          name: names.insertFresh("\(node.name).\(factor.suffix)"), op: factor.op, inputs: [value, weights] + bias,
          outputs: [output]))
      value = output
    }
    patch.replaceNode(node.name, with: nodes)
    return Set(nodes.map(\.name))
  }

  /// Enters what the replaced layers cost and what took their places does.
  private func measure(
    _ report: inout FactorizationReport, before: Graph, after: Graph, _ replacements: [String: Set<String>]
  ) throws {
    let old = Dictionary(try before.costs().layers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let new = try after.costs().layers
    for index in report.layers.indices {
      let name = report.layers[index].name
      let parts = new.filter { replacements[name]!.contains($0.name) }
      report.layers[index].parametersBefore = old[name]?.parameters ?? 0
      report.layers[index].macsBefore = old[name]?.macs ?? 0
      report.layers[index].parametersAfter = parts.reduce(0) { $0 + $1.parameters }
      report.layers[index].macsAfter = parts.reduce(0) { $0 + $1.macs }
    }
  }
}
