import CKernels
import Graphs
import Tensors

/// What a sub-network sees of a training's state: copies of its parts of the shared parameters, which programs bind to.
///
/// Copies are made when a program runs and the state has changed since the last one; gradients and running statistics
/// go back into the state. Confined to the state's trainer. Several programs (batch sizes, training and evaluation) may
/// bind to one.
public final class SubnetworkState {
  /// The sub-network.
  public let subnetwork: Subnetwork
  /// The state that owns the parameters.
  public let state: TrainingState
  /// The memory that programs of the sub-network bind to.
  public let memory: ParameterMemory

  /// One shared parameter.
  private struct Part {
    var name: String
    var isStatistic: Bool
    var isTrainable: Bool
    var out: StridedCopy
    var back: StridedCopy
  }

  private let parts: [Part]

  /// Binds a sub-network to a state.
  /// - Throws: `PareError.usage` where a trainable parameter or running statistic is not part of one in the state.
  public init(_ subnetwork: Subnetwork, of state: TrainingState) throws {
    self.subnetwork = subnetwork
    self.state = state
    let memory = ParameterMemory(graph: subnetwork.graph)
    self.memory = memory
    parts = try memory.order.compactMap { name in
      let place = memory.places[name]!
      guard place.role.isTrainable || place.role == .runningStatistic else { return nil }
      guard let whole = state.memory.places[name] else {
        throw PareError(
          .usage, "the sub-network's \(name) is not in the training state; build the state with the sub-network",
          context: ["subnetwork": subnetwork.name])
      }
      let view = subnetwork.view(place.shape, of: whole.shape)
      guard view.fits(whole.shape), place.dataType == whole.dataType else {
        throw PareError(
          .usage, "\(name) is \(place.shape) in the sub-network, which is no part of \(whole.shape)",
          context: ["subnetwork": subnetwork.name])
      }
      let copies = view.copies(from: whole.shape, elementSize: place.dataType.size)
      return Part(
        name: name, isStatistic: place.role == .runningStatistic, isTrainable: place.role.isTrainable, out: copies.out,
        back: copies.back)
    }
    var seen = (values: 0, statistics: 0)
    let (parts, shared) = (self.parts, state.memory)
    memory.refresh = { memory in
      guard (shared.version, shared.statisticsVersion) != seen else { return }
      let isComplete = shared.version != seen.values
      for part in parts where isComplete || part.isStatistic {
        part.out.run(from: shared.pointer(to: part.name), to: memory.pointer(to: part.name))
      }
      seen = (shared.version, shared.statisticsVersion)
      if isComplete { memory.markChanged() }
    }
  }

  /// The sub-network with the parameters as they are now in the state.
  public func graph(on engine: Engine) throws -> Graph {
    try engine.run { memory.refresh?(memory) }
    var graph = subnetwork.graph
    for part in parts { graph.parameters[part.name] = .dense(memory.tensor(part.name)) }
    return graph
  }

  /// Adds gradients, laid out as the sub-network's trainable parameters, to those in the state. On the compute thread.
  func addGradients(_ gradients: AlignedMemory) {
    for part in parts where part.isTrainable {
      part.back.add(
        from: gradients.base + memory.places[part.name]!.offset, to: state.gradientAddress(part.name))
    }
  }

  /// Writes the running statistics that a program has left in `memory` back into the state. On the compute thread.
  func writeStatistics() {
    for part in parts where part.isStatistic {
      part.back.run(from: memory.pointer(to: part.name), to: state.memory.pointer(to: part.name))
    }
    state.memory.markStatisticsChanged()
  }
}
