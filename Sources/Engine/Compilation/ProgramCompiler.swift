import Graphs
import Tensors

/// Turns a graph into steps: chooses kernels and layouts, inserts conversions, decides which values share memory.
struct ProgramCompiler {
  /// Where a value lives.
  enum Storage {
    /// In the program's own memory.
    case arena
    /// In the parameters' memory.
    case parameter(String)
    /// In memory that the caller supplies: an input.
    case input(Int)
    /// In memory that the caller supplies: an output or a bound gradient.
    case bound(Int)
    /// Where another value lives.
    case alias(Int)
  }

  struct CompiledValue {
    var name: String
    var type: PhysicalType
    var storage: Storage
    var first: Int
    var last: Int
  }

  struct CompiledStep {
    var name: String
    var kind: String
    var implementation: String
    var isReference: Bool
    var isConversion: Bool
    var node: Node?
    var inputs: [Int?]
    var outputs: [Int?]
    var scratchBytes: Int
    var make: () throws -> any Kernel
  }

  private(set) var values: [CompiledValue] = []
  private(set) var steps: [CompiledStep] = []
  private(set) var outputIDs: [Int] = []

  private let graph: Graph
  private let batch: Int
  private let parameters: ParameterTable
  private let options: ProgramOptions
  private let seed: RunSeed
  private var current: [String: Int] = [:]
  private var converted: [String: [Layout: Int]] = [:]

  /// - Parameter bound: values that the caller wants written to its own memory, row-major.
  init(
    graph: Graph, batch: Int, parameters: ParameterTable, options: ProgramOptions, seed: RunSeed, bound: [String]
  ) throws {
    self.graph = graph
    self.batch = batch
    self.parameters = parameters
    self.options = options
    self.seed = seed
    let shapes = try graph.facts().mapValues { fact -> (Shape, DataType)? in
      fact.type.shape.map { ($0.bound(toBatch: batch), fact.type.dataType) }
    }
    for (name, known) in shapes {
      if let (shape, type) = known { _ = try MemoryLimit.byteCount(of: shape, type, name) }
    }
    for (index, port) in graph.inputs.enumerated() {
      guard let (shape, type) = shapes[port.name] ?? nil else {
        throw PareError(.unsupported, "the shape of input \"\(port.name)\" is unknown")
      }
      define(port.name, PhysicalType(shape: shape, dataType: type, layout: .plain), .input(index), step: -1)
    }
    for node in graph.nodes { try lower(node, shapes) }
    outputIDs = try bound.enumerated().map { index, name in try deliver(name, to: index) }
  }

  private mutating func define(_ name: String, _ type: PhysicalType, _ storage: Storage, step: Int) {
    values.append(CompiledValue(name: name, type: type, storage: storage, first: step, last: step))
    current[name] = values.count - 1
    converted[name] = [type.layout: values.count - 1]
  }

  private mutating func valueID(_ name: String) -> Int {
    if let id = current[name] { return id }
    let parameter = parameters.place(of: name)!
    define(
      name, PhysicalType(shape: parameter.shape, dataType: parameter.dataType, layout: .plain), .parameter(name),
      step: -1)
    return current[name]!
  }

  /// The value in the layout asked for, converted where it is in another.
  private mutating func value(_ name: String, in layout: Layout?) -> Int {
    let id = valueID(name)
    guard let layout, layout != values[id].type.layout else { return id }
    if let known = converted[name]?[layout] { return known }
    let from = values[id].type
    var to = from
    to.layout = layout
    let coincide = PhysicalType.layoutsCoincide(from.shape)
    values.append(
      CompiledValue(
        name: name, type: to, storage: coincide ? .alias(id) : .arena, first: steps.count, last: steps.count))
    let new = values.count - 1
    converted[name]![layout] = new
    if !coincide {
      steps.append(
        CompiledStep(
          name: name, kind: layout == .plain ? "to row-major" : "to channels-last", implementation: "pare",
          isReference: false, isConversion: true, node: nil, inputs: [id], outputs: [new], scratchBytes: 0,
          make: { LayoutConversion.kernel(from: from, to: layout) }))
      touch(id, at: steps.count - 1)
      touch(new, at: steps.count - 1)
    }
    return new
  }

  private mutating func touch(_ id: Int, at step: Int) {
    values[id].last = max(values[id].last, step)
    if case .alias(let root) = values[id].storage { touch(root, at: step) }
  }

  private mutating func lower(_ node: Node, _ shapes: [String: (Shape, DataType)?]) throws {
    let ids = node.inputs.map { $0.isEmpty ? nil : valueID($0) }
    let outputs = try node.outputs.map { name -> (shape: Shape, dataType: DataType) in
      if name.isEmpty { return ([], .float32) }
      guard let known = shapes[name] ?? nil else {
        if let op = node.op as? any RefusedOperator { throw op.refusal }
        throw PareError(
          .unsupported, "operator \(node.op.kind) cannot be run: its output's shape is unknown",
          context: ["node": node.name, "operator": node.op.kind])
      }
      return known
    }
    let request = KernelRequest(
      node: node, inputs: ids.map { $0.map { values[$0].type } }, outputs: outputs,
      parameterNames: node.inputs.map { parameters.place(of: $0) == nil ? nil : $0 }, parameters: parameters,
      options: options, seed: seed)
    let plan =
      try KernelList.byKind[node.op.kind]?.plan(request) ?? ReferenceKernel.plan(request, batch: batch)
    let inputs = node.inputs.enumerated().map { index, name in
      name.isEmpty ? nil : value(name, in: index < plan.inputLayouts.count ? plan.inputLayouts[index] : nil)
    }
    // A residual that the kernel adds to its own output starts as a copy there.
    let step = steps.count + (plan.preloaded == nil ? 0 : 1)
    var outputIDs: [Int?] = []
    for (index, name) in node.outputs.enumerated() {
      guard !name.isEmpty else {
        outputIDs.append(nil)
        continue
      }
      let type = PhysicalType(
        shape: outputs[index].shape, dataType: outputs[index].dataType, layout: plan.outputLayouts[index])
      var storage = Storage.arena
      if plan.isAlias, index == 0, let source = inputs[0], !isOutput(name) { storage = .alias(source) }
      define(name, type, storage, step: steps.count)
      outputIDs.append(current[name])
    }
    if let (output, input) = plan.preloaded, let source = inputs[input], let target = outputIDs[output] {
      let bytes = values[target].type.byteCount
      steps.append(
        CompiledStep(
          name: node.name, kind: "residual", implementation: "pare", isReference: false, isConversion: true, node: nil,
          inputs: [source], outputs: [target], scratchBytes: 0,
          make: {
            ClosureKernel {
              if $0.inputs[0] != $0.outputs[0] { $0.outputs[0]!.copyMemory(from: $0.inputs[0]!, byteCount: bytes) }
            }
          }))
      touch(source, at: steps.count - 1)
    }
    precondition(step == steps.count)
    inPlaceCandidates[step] = plan.inPlace + (plan.preloaded.map { [$0] } ?? [])
    for id in inputs + outputIDs { if let id { touch(id, at: step) } }
    if plan.isAlias, case .alias = values[outputIDs[0]!].storage { return }
    steps.append(
      CompiledStep(
        name: node.name, kind: node.op.kind, implementation: plan.implementation, isReference: plan.isReference,
        isConversion: false, node: node, inputs: inputs, outputs: outputIDs, scratchBytes: plan.scratchBytes,
        make: plan.make))
  }

  private var inPlaceCandidates: [Int: [(output: Int, input: Int)]] = [:]

  private func isOutput(_ name: String) -> Bool { graph.isOutput(name) }

  /// Makes a value available in the caller's memory, row-major.
  private mutating func deliver(_ name: String, to index: Int) throws -> Int {
    let id = value(name, in: .plain)
    if case .arena = values[id].storage, !boundValues.contains(id) {
      values[id].storage = .bound(index)
      boundValues.insert(id)
      return id
    }
    // The value lives elsewhere (an input, a parameter, another value): copy it.
    let type = values[id].type
    values.append(
      CompiledValue(name: name, type: type, storage: .bound(index), first: steps.count, last: steps.count))
    let copy = values.count - 1
    steps.append(
      CompiledStep(
        name: name, kind: "copy", implementation: "pare", isReference: false, isConversion: true, node: nil,
        inputs: [id], outputs: [copy], scratchBytes: 0,
        make: { LayoutConversion.kernel(from: type, to: type.layout) }))
    touch(id, at: steps.count - 1)
    boundValues.insert(copy)
    return copy
  }

  private var boundValues = Set<Int>()

  /// Lets outputs overwrite inputs that die in the same step. Call once, after all outputs are delivered.
  mutating func shareDyingInputs() {
    for index in steps.indices {
      for (output, input) in inPlaceCandidates[index] ?? [] {
        guard output < steps[index].outputs.count, let target = steps[index].outputs[output],
          let source = steps[index].inputs[input], case .arena = values[target].storage
        else { continue }
        let root = self.root(of: source)
        let isPreload = values[target].first < index
        guard case .arena = values[root].storage, values[root].last <= index,
          values[root].type.byteCount == values[target].type.byteCount, root != target,
          // Another input of the same step may be the same memory under another name.
          isPreload || steps[index].inputs.filter({ $0.map { self.root(of: $0) } == root }).count == 1
        else { continue }
        values[root].last = max(values[root].last, values[target].last)
        values[target].storage = .alias(root)
        break
      }
    }
  }

  /// The value whose memory a value uses.
  func root(of id: Int) -> Int {
    var id = id
    while case .alias(let next) = values[id].storage { id = next }
    return id
  }
}
