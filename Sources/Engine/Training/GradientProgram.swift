import CKernels
import Graphs
import Tensors

/// A compiled training step without the update: runs forward and backward and leaves the gradients in the state.
public final class GradientProgram {
  private let program: Program
  private let state: TrainingState
  private let subnetwork: SubnetworkState?
  private let accumulates: Bool
  private let writesStatistics: Bool
  private let staging: AlignedMemory?
  /// The seed of dropout; every batch of a training draws anew from it.
  public var seed: UInt64 = 0
  private var lastUpdate = -1
  private var batchesSinceUpdate: UInt64 = 0

  /// Compiles.
  /// - Parameters:
  ///   - accumulates: whether gradients are added to those in the state instead of replacing them.
  ///   - precision: the number format of activations, forward and backward; parameters and their gradients are float32
  ///     in any case.
  /// - Throws: what compilation throws.
  public convenience init(
    _ graph: GradientGraph, batch: Int, state: TrainingState, engine: Engine, accumulates: Bool = false,
    precision: ProgramOptions.Precision = .float32
  ) throws {
    try self.init(graph, batch, state, nil, engine, accumulates, precision)
  }

  /// Compiles a sub-network's gradients; the shared parameters get them where they are read, and zero (or nothing, where
  /// gradients are added) elsewhere.
  ///
  /// With several sub-networks, clear the state's gradients and let each program accumulate: the sandwich rule (Yu and
  /// Huang 2019).
  /// - Throws: what compilation throws.
  public convenience init(
    _ graph: GradientGraph, batch: Int, subnetwork: SubnetworkState, engine: Engine, accumulates: Bool = false,
    precision: ProgramOptions.Precision = .float32
  ) throws {
    try self.init(graph, batch, subnetwork.state, subnetwork, engine, accumulates, precision)
  }

  private init(
    _ graph: GradientGraph, _ batch: Int, _ state: TrainingState, _ subnetwork: SubnetworkState?, _ engine: Engine,
    _ accumulates: Bool, _ precision: ProgramOptions.Precision
  ) throws {
    self.state = state
    self.subnetwork = subnetwork
    self.accumulates = accumulates
    writesStatistics = !graph.stateWrites.isEmpty
    let memory = subnetwork?.memory ?? state.memory
    let isStaged = accumulates || subnetwork != nil
    let staging = isStaged ? AlignedMemory(byteCount: memory.trainableBytes) : nil
    self.staging = staging
    let base = staging?.base ?? state.gradients.base
    let gradients = graph.gradients.sorted { $0.key < $1.key }.map { name, value in
      (value: value, address: base + memory.places[name]!.offset)
    }
    let writes = graph.stateWrites.sorted { $0.key < $1.key }.map { name, value in
      (value: value, address: memory.pointer(to: name))
    }
    program = try Program(
      graph: graph.graph, batch: batch, parameters: memory, engine: engine,
      options: ProgramOptions(fusesInference: false, precision: precision),
      writes: gradients + writes)
  }

  /// What the caller supplies.
  public var inputs: [Program.Port] { program.inputs }
  /// The values that a run returns.
  public var outputs: [Program.Port] { program.outputs }
  /// The compiled program, for `profile`.
  public var compiled: Program { program }

  /// Runs forward and backward. Returns the graph's outputs (the loss among them).
  /// - Throws: `PareError.usage` for missing inputs.
  public func run(_ tensors: [String: Tensor]) throws -> [String: Tensor] {
    batchesSinceUpdate = state.updates == lastUpdate ? batchesSinceUpdate + 1 : 0
    lastUpdate = state.updates
    var stream = RandomSource(seed: seed, UInt64(state.updates), batchesSinceUpdate)
    program.seed.value = stream.next()
    let results = try program.run(tensors)
    try program.engine.run { deliver() }
    return results
  }

  /// Brings gradients and running statistics from where the program left them into the state.
  private func deliver() {
    if let subnetwork, let staging {
      if !accumulates { pk_fill(Int64(state.trainableFloats), 0, state.gradients.floats) }
      subnetwork.addGradients(staging)
      if writesStatistics { subnetwork.writeStatistics() }
      return
    }
    if let staging { pk_axpy(Int64(state.trainableFloats), 1, staging.floats, state.gradients.floats) }
    if writesStatistics { state.memory.markStatisticsChanged() }
  }
}
