import Foundation
import Graphs
import Tensors

/// A network that can be run: immutable, and shared between as many sessions as one likes.
public struct Network: Sendable {
  /// The graph, cleaned up for inference.
  public let graph: Graph
  private let weights: SharedWeights

  /// Takes a graph over.
  /// - Throws: what the passes throw.
  public init(graph: Graph) throws {
    self.graph = try InferencePreparation().apply(to: graph)
    weights = SharedWeights(self.graph)
  }

  /// A session with its own memory for one batch size, on a compute thread of its own.
  /// With one thread it runs on its caller.
  /// - Throws: `PareError.unsupported` where an operator cannot be run.
  public func makeSession(batch: Int = 1, threads: Int = 1) throws -> Session {
    try makeSession(batch: batch, engine: Engine(threads: threads))
  }

  /// A session on an engine that others use as well.
  /// - Throws: `PareError.unsupported` where an operator cannot be run.
  public func makeSession(batch: Int = 1, engine: Engine, options: ProgramOptions = ProgramOptions()) throws -> Session
  {
    Session(
      program: try Program(
        graph: graph, batch: batch, parameters: weights.memory, engine: engine, options: options))
  }
}

/// The weights of a network, one copy for all its sessions.
///
/// `@unchecked Sendable` holds because nothing writes to the memory after this initialiser: programs for inference only
/// read parameters.
private final class SharedWeights: @unchecked Sendable {
  let memory: ParameterMemory

  init(_ graph: Graph) { memory = ParameterMemory(fixed: graph) }
}

/// A network compiled for one batch size. Confined to its user; owns its memory; allocates nothing in a run.
public final class Session {
  /// The compiled network.
  public let program: Program

  init(program: Program) { self.program = program }

  /// Runs on tensors and makes a new tensor for each output.
  /// - Throws: `PareError.badInput` for an input of another shape or type.
  public func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] { try program.run(inputs) }

  /// Runs on the caller's buffers without copying them. Inputs are float32, row-major (NCHW), of the session's batch.
  /// - Throws: `PareError.usage` for a missing buffer or one of the wrong length.
  public func run(_ inputs: [String: [Float]], into outputs: [String: UnsafeMutableBufferPointer<Float>]) throws {
    let targets = try program.outputs.map { port -> UnsafeMutableRawPointer? in
      guard let buffer = outputs[port.name] else { return nil }
      try check(port, count: buffer.count)
      return UnsafeMutableRawPointer(buffer.baseAddress!)
    }
    try withInputs(program.inputs[...], inputs, collected: []) { try program.run(inputs: $0, outputs: targets) }
  }

  /// Runs on arrays: `scores` must have as many elements as the output.
  /// - Throws: `PareError.usage` for a missing array or one of the wrong length.
  public func run(_ input: [Float], into output: inout [Float]) throws {
    guard program.inputs.count == 1, program.outputs.count == 1 else {
      throw PareError(
        .usage, "the network has \(program.inputs.count) inputs and \(program.outputs.count) outputs; name them")
    }
    try output.withUnsafeMutableBufferPointer { buffer in
      try run([program.inputs[0].name: input], into: [program.outputs[0].name: buffer])
    }
  }

  private func withInputs(
    _ ports: ArraySlice<Program.Port>, _ arrays: [String: [Float]], collected: [UnsafeMutableRawPointer?],
    _ body: ([UnsafeMutableRawPointer?]) throws -> Void
  ) throws {
    guard let port = ports.first else { return try body(collected) }
    guard let array = arrays[port.name] else { throw PareError(.usage, "input \"\(port.name)\" is missing") }
    try check(port, count: array.count)
    try array.withUnsafeBytes { bytes in
      // Programs only read their inputs.
      let address = UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
      try withInputs(ports.dropFirst(), arrays, collected: collected + [address], body)
    }
  }

  private func check(_ port: Program.Port, count: Int) throws {
    guard port.dataType == .float32, count == port.shape.count else {
      throw PareError(
        .usage,
        "\"\(port.name)\" is \(port.dataType.rawValue) \(port.shape) (\(port.shape.count) elements), not \(count) floats"
      )
    }
  }
}
