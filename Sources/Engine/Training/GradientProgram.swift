import CKernels
import Graphs
import Tensors

/// A compiled training step without the update: runs forward and backward and leaves the gradients in the state.
public final class GradientProgram {
  private let program: Program
  private let state: TrainingState
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
  public init(
    _ graph: GradientGraph, batch: Int, state: TrainingState, engine: Engine, accumulates: Bool = false,
    precision: ProgramOptions.Precision = .float32
  ) throws {
    self.state = state
    let staging = accumulates ? AlignedMemory(byteCount: state.memory.trainableBytes) : nil
    self.staging = staging
    let base = staging?.base ?? state.gradients.base
    let gradients = graph.gradients.sorted { $0.key < $1.key }.map { name, value in
      (value: value, address: base + state.memory.places[name]!.offset)
    }
    let writes = graph.stateWrites.sorted { $0.key < $1.key }.map { name, value in
      (value: value, address: state.memory.pointer(to: name))
    }
    program = try Program(
      graph: graph.graph, batch: batch, parameters: state.memory, engine: engine,
      options: ProgramOptions(fusesInference: false, precision: precision), writes: gradients + writes)
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
    if let staging {
      try program.engine.run { pk_axpy(Int64(state.trainableFloats), 1, staging.floats, state.gradients.floats) }
    }
    return results
  }
}
