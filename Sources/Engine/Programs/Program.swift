import Graphs
import Tensors

/// A compiled network or training step: kernels in order over one block of memory that was planned beforehand.
/// Nothing is allocated in a run, except by operators that have only a reference evaluation. Where each sample is computed
/// from itself alone, a batch that would leave the processor's cache between two layers is run in parts.
///
/// Confined: used by one caller at a time; every run happens on its engine's thread (or, with one thread, on the
/// caller's).
public final class Program {
  /// A value that a program reads or writes for its caller.
  public struct Port: Sendable {
    /// The value's name.
    public let name: String
    /// The shape, with the batch size filled in.
    public let shape: Shape
    /// The element type.
    public let dataType: DataType
  }

  /// What the caller supplies.
  public let inputs: [Port]
  /// What the caller gets: the graph's outputs.
  public let outputs: [Port]
  /// The batch size.
  public let batch: Int
  /// Where it runs.
  public let engine: Engine
  /// The bytes of the planned memory: activations and scratch.
  public let memoryBytes: Int

  /// Seconds for measuring which forms of layers are the fastest; none for sub-networks, which are one of many.
  private static let inferenceTuning = 3.0
  private static let trainingTuning = 20.0

  private struct Step {
    let kernel: any Kernel
    let inputs: [Int?]
    let outputs: [Int?]
    let description: ProgramCompiler.CompiledStep
  }

  /// The seed of random operators in the next run.
  package let seed = RunSeed()
  private let steps: [Step]
  private let parts: BatchParts
  private let values: [ProgramCompiler.CompiledValue]
  private let roots: [Int]
  private let offsets: [Int: Int]
  private let arena: AlignedMemory
  private let scratch: AlignedMemory
  private let parameters: ParameterTable
  private let boundDefaults: [AlignedMemory?]
  private let inputDefaults: [AlignedMemory]
  private var inputAddresses: [UnsafeMutableRawPointer]
  private var boundAddresses: [UnsafeMutableRawPointer]
  private let stepsOfInput: [[Int]]
  private let stepsOfBound: [[Int]]
  /// The steps whose operands lie elsewhere for each part of the batch, and for each part where they lie; empty until a
  /// program of several parts runs on the addresses that it has.
  private let stepsOfPorts: [Int]
  private var operandsOfPorts: [[Operands]] = []
  /// The part that those steps are bound to.
  private var part = 0

  /// Compiles a graph for one batch size.
  ///
  /// - Parameters:
  ///   - parameters: the memory of the graph's parameters, which the program reads at every run.
  ///   - writes: values to be written to addresses of the caller's choice (gradients, running statistics).
  /// - Throws: `PareError.unsupported` where an operator cannot be run, `.badInput` where memory does not suffice.
  public convenience init(
    graph: Graph, batch: Int, parameters: ParameterMemory, engine: Engine, options: ProgramOptions = ProgramOptions()
  ) throws {
    try self.init(graph: graph, batch: batch, parameters: parameters, engine: engine, options: options, writes: [])
  }

  /// The graph with what follows convolutions fused with them, and chains of convolutions.
  private static func fused(_ graph: Graph, _ options: ProgramOptions) throws -> Graph {
    let isFloat = options.precision == .float32
    let fused = try ConvolutionFusion(fusesSwish: isFloat).apply(to: SwishFusion().apply(to: graph))
    guard isFloat, options.sparseWeights != .always else { return fused }
    return try ChainFusion(fused) { weights in
      options.sparseWeights == .measured && SparseChoice.mayBeSparse(fused.parameters[weights]?.tensor)
    }.applied()
  }

  /// The graph with what training does to normalisations.
  private static func trained(_ graph: Graph, _ options: ProgramOptions, kept: Set<String>) throws -> Graph {
    guard options.fusesTraining else { return graph }
    let fused = try NormalizationFusion(graph, kept: kept).applied()
    return options.keepsNormalized ? fused : NormalizationReplays(fused, kept: kept).applied()
  }

  /// - Parameter channelsLast: inputs and outputs that lie in the caller's memory with their channels last.
  package init(
    graph: Graph, batch: Int, parameters: ParameterMemory, engine: Engine, options: ProgramOptions,
    writes: [(value: String, address: UnsafeMutableRawPointer)], channelsLast: Set<String> = []
  ) throws {
    guard batch > 0 else { throw PareError(.usage, "a batch of \(batch) has nothing to compute") }
    self.batch = batch
    self.engine = engine
    let kept = Set(writes.map(\.value))
    let fuses = options.fusesInference || options.fusesTraining
    let shuffled = fuses ? try ShuffleFusion(graph, kept: kept).applied() : graph
    let fused = options.fusesInference ? try Self.fused(shuffled, options) : shuffled
    let prepared = try Self.trained(fused, options, kept: kept)
    let parts =
      writes.isEmpty ? try BatchParts(prepared, batch: batch, most: options.samplesAtOnce) : BatchParts(whole: batch)
    self.parts = parts
    let table = ParameterTable(parameters, for: prepared)
    self.parameters = table
    let names = prepared.outputs.map(\.name) + writes.map(\.value)
    // Primitives take their thread count from the thread that creates them.
    let (compiler, kernels) = try engine.run { [seed] in
      var supported = options
      if !Engine.multipliesBFloat16 { supported.precision = .float32 }
      supported.isExact = options.isExact || engine.isExact
      let tuner = LayerTuner(
        engine.tuning, threads: engine.threads,
        seconds: parameters.isView ? 0 : writes.isEmpty ? Self.inferenceTuning : Self.trainingTuning,
        packsAnew: !writes.isEmpty)
      var compiler = try ProgramCompiler(
        graph: prepared, batch: parts.length, parameters: table, options: supported, tuner: tuner, seed: seed,
        bound: names, channelsLast: channelsLast)
      try tuner.finish()
      compiler.shareDyingInputs()
      return (compiler, try compiler.steps.map { try $0.make() })
    }
    values = compiler.values
    roots = compiler.values.indices.map { compiler.root(of: $0) }
    steps = zip(compiler.steps, kernels).map {
      Step(kernel: $1, inputs: $0.inputs, outputs: $0.outputs, description: $0)
    }
    let intervals = compiler.values.indices.compactMap { id -> MemoryPlan.Interval? in
      guard case .arena = compiler.values[id].storage else { return nil }
      let value = compiler.values[id]
      return MemoryPlan.Interval(id: id, byteCount: value.type.byteCount, first: value.first, last: value.last)
    }
    let plan = MemoryPlan(intervals)
    offsets = plan.offsets
    let scratchBytes = compiler.steps.map(\.scratchBytes).max() ?? 0
    memoryBytes = plan.byteCount + scratchBytes
    let shapes = try prepared.shapes(batch: batch)
    inputs = prepared.inputs.map { Port(name: $0.name, shape: shapes[$0.name]!, dataType: $0.type.dataType) }
    outputs = zip(prepared.outputs, compiler.outputIDs).map { output, id in
      let type = compiler.values[id].type
      return Port(
        name: output.name, shape: parts.starts.count > 1 ? shapes[output.name]! : type.shape, dataType: type.dataType)
    }
    let portBytes = (inputs + outputs).reduce(0) { $0 + $1.shape.count * $1.dataType.size }
    let writtenBytes = compiler.outputIDs.dropFirst(outputs.count).reduce(0) { $0 + compiler.values[$1].type.byteCount }
    try MemoryLimit.check(memoryBytes + portBytes + writtenBytes, batch: batch)
    arena = AlignedMemory(byteCount: plan.byteCount)
    scratch = AlignedMemory(byteCount: scratchBytes)
    inputDefaults = inputs.map { AlignedMemory(byteCount: $0.shape.count * $0.dataType.size) }
    inputAddresses = inputDefaults.map(\.base)
    boundDefaults =
      outputs.map { AlignedMemory(byteCount: $0.shape.count * $0.dataType.size) } + writes.map { _ in nil }
    boundAddresses = outputs.indices.map { [boundDefaults] in boundDefaults[$0]!.base } + writes.map(\.address)
    var stepsOfInput = [[Int]](repeating: [], count: inputs.count)
    var stepsOfBound = [[Int]](repeating: [], count: names.count)
    for (index, step) in compiler.steps.enumerated() {
      for id in step.inputs + step.outputs {
        guard let id else { continue }
        switch compiler.values[compiler.root(of: id)].storage {
        case .input(let port): stepsOfInput[port].append(index)
        case .bound(let port): stepsOfBound[port].append(index)
        default: break
        }
      }
    }
    self.stepsOfInput = stepsOfInput
    self.stepsOfBound = stepsOfBound
    stepsOfPorts = Set((stepsOfInput + stepsOfBound).joined()).sorted()
    for index in steps.indices { bind(index) }
  }

  /// - Parameter sample: the first sample of the part of the batch that is computed.
  private func address(_ id: Int, from sample: Int) -> UnsafeMutableRawPointer {
    let root = roots[id]
    switch values[root].storage {
    case .arena: return arena.base + offsets[root]!
    case .parameter(let name): return parameters.pointer(to: name)
    case .input(let port): return inputAddresses[port] + sample * rowBytes(of: root)
    case .bound(let port): return boundAddresses[port] + sample * rowBytes(of: root)
    case .alias: preconditionFailure("an alias is not a root")
    }
  }

  /// The bytes of one sample of a value.
  private func rowBytes(of root: Int) -> Int { values[root].type.byteCount / parts.length }

  private func operands(of index: Int, from sample: Int) -> Operands {
    let step = steps[index]
    return Operands(
      inputs: step.inputs.map { $0.map { address($0, from: sample) } },
      outputs: step.outputs.map { $0.map { address($0, from: sample) } }, scratch: scratch.base)
  }

  private func bind(_ index: Int) { steps[index].kernel.bind(operands(of: index, from: 0)) }

  /// Takes note that the operands of steps have moved.
  private func rebind(_ moved: [Int]) {
    operandsOfPorts = []
    part = 0
    for step in parts.starts.count > 1 ? stepsOfPorts : moved { bind(step) }
  }

  /// Runs on the caller's buffers, without copying them. Buffers must hold what the ports say, and stay until the call
  /// returns; a buffer that moves between calls costs a little.
  package func run(
    inputs newInputs: [UnsafeMutableRawPointer?], outputs newOutputs: [UnsafeMutableRawPointer?]
  ) throws {
    for (port, address) in newInputs.enumerated() {
      let wanted = address ?? inputDefaults[port].base
      guard wanted != inputAddresses[port] else { continue }
      inputAddresses[port] = wanted
      rebind(stepsOfInput[port])
    }
    for (port, address) in newOutputs.enumerated() {
      let wanted = address ?? boundDefaults[port]!.base
      guard wanted != boundAddresses[port] else { continue }
      boundAddresses[port] = wanted
      rebind(stepsOfBound[port])
    }
    try execute()
  }

  /// Runs the steps on the inputs that are bound.
  package func execute() throws {
    try engine.run {
      parameters.refresh()
      try runParts()
    }
  }

  private func runParts() throws {
    for next in parts.starts.indices {
      move(to: next)
      for step in steps { try step.kernel.run() }
    }
  }

  /// Binds to a part of the batch.
  private func move(to next: Int) {
    guard next != part else { return }
    part = next
    if operandsOfPorts.isEmpty {
      operandsOfPorts = parts.starts.map { start in stepsOfPorts.map { operands(of: $0, from: start) } }
    }
    for (step, operands) in zip(stepsOfPorts, operandsOfPorts[next]) { steps[step].kernel.bind(operands) }
  }

  /// Runs on tensors. A new tensor is made for each output.
  /// - Throws: `PareError.usage` for a missing input or one of another shape or type.
  public func run(_ tensors: [String: Tensor]) throws -> [String: Tensor] {
    try load(tensors)
    try run(inputs: inputs.map { _ in nil }, outputs: outputs.map { _ in nil })
    var results: [String: Tensor] = [:]
    for (index, port) in outputs.enumerated() {
      let bytes = UnsafeRawBufferPointer(start: boundAddresses[index], count: port.shape.count * port.dataType.size)
      results[port.name] = try Tensor(bytes: bytes, shape: port.shape, dataType: port.dataType)
    }
    return results
  }

  /// Copies tensors into the program's own input buffers.
  /// - Throws: `PareError.usage` for a missing input or one of another shape or type.
  package func load(_ tensors: [String: Tensor]) throws {
    for (index, port) in inputs.enumerated() {
      guard let tensor = tensors[port.name] else { throw PareError(.usage, "input \"\(port.name)\" is missing") }
      guard tensor.shape == port.shape, tensor.dataType == port.dataType else {
        throw PareError(
          .badInput,
          "input \"\(port.name)\" is \(tensor.dataType.rawValue) \(tensor.shape), the network wants \(port.dataType.rawValue) \(port.shape)"
        )
      }
      tensor.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress { inputDefaults[index].base.copyMemory(from: base, byteCount: bytes.count) }
      }
    }
  }

  /// The output that the last run wrote to the program's own buffer.
  package func lastOutput(_ index: Int) -> UnsafeMutableRawPointer { boundAddresses[index] }

  /// What each step is, in order. What is run in parts is described as a whole.
  public var layers: [LayerDescription] {
    let count = parts.starts.count
    return steps.map { step in
      let inputs = step.inputs.map { $0.map { values[$0].type } }
      let outputs = step.outputs.map { $0.map { values[$0].type } }
      let shapes = outputs.compactMap { $0?.shape }
      let macs = step.description.node?.op.macs(inputs: inputs.map { $0?.shape }, outputs: shapes) ?? 0
      let density = step.description.density
      // Sparse layers have their weights as the second input.
      let leftOut = density.map { Int((1 - $0) * Double(inputs[1]?.byteCount ?? 0)) } ?? 0
      return LayerDescription(
        name: step.description.name, op: step.description.kind, implementation: step.description.implementation,
        isReference: step.description.isReference, outputShape: whole(shapes.first ?? []),
        macs: count * (density.map { Int((Double(macs) * $0).rounded()) } ?? macs), density: density,
        bytes: count * (inputs + outputs).reduce(-leftOut) { $0 + ($1?.byteCount ?? 0) },
        dataType: (inputs.first.flatMap { $0 } ?? outputs.first.flatMap { $0 })?.dataType ?? .float32)
    }
  }

  /// The shape for the whole batch, given that for a part.
  private func whole(_ shape: Shape) -> Shape {
    guard parts.starts.count > 1, shape.rank > 0, shape[0] == parts.length else { return shape }
    return Shape([batch] + Array(shape.dimensions.dropFirst()))
  }

  /// Runs once and gives the seconds of each step, in the order of `layers`.
  public func timedRun() throws -> [Double] {
    try engine.run {
      parameters.refresh()
      let clock = ContinuousClock()
      var seconds = [Double](repeating: 0, count: steps.count)
      for next in parts.starts.indices {
        move(to: next)
        for (index, step) in steps.enumerated() {
          seconds[index] += try clock.measure { try step.kernel.run() }.seconds
        }
      }
      return seconds
    }
  }

  /// Runs `count` times without leaving the compute thread and gives the seconds of each run.
  public func timedRuns(_ count: Int) throws -> [Double] {
    try engine.run {
      parameters.refresh()
      let clock = ContinuousClock()
      return try (0..<count).map { _ in
        try clock.measure { try runParts() }.seconds
      }
    }
  }
}
