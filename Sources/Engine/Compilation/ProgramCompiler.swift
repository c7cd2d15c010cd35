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
    var density: Double?
    var make: () throws -> any Kernel
  }

  private(set) var values: [CompiledValue] = []
  private(set) var steps: [CompiledStep] = []
  private(set) var outputIDs: [Int] = []

  private let graph: Graph
  private let batch: Int
  private let parameters: ParameterTable
  private let options: ProgramOptions
  private let tuner: LayerTuner
  private let seed: RunSeed
  private let channelsLast: Set<String>
  private var lowering: BFloat16Lowering?
  private var current: [String: Int] = [:]
  private var converted: [String: [Form: Int]] = [:]
  private var elementTypes: [String: DataType] = [:]

  /// What may differ between copies of one value.
  private struct Form: Hashable {
    var layout: Layout
    var dataType: DataType
  }

  /// - Parameters:
  ///   - bound: values that the caller wants written to its own memory.
  ///   - channelsLast: inputs and bound values that lie there with their channels last; the others are row-major.
  init(
    graph: Graph, batch: Int, parameters: ParameterTable, options: ProgramOptions, tuner: LayerTuner, seed: RunSeed,
    bound: [String], channelsLast: Set<String> = []
  ) throws {
    self.channelsLast = channelsLast
    self.graph = graph
    self.batch = batch
    self.parameters = parameters
    self.options = options
    self.tuner = tuner
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
      let stored = PhysicalType(shape: shape, dataType: type, layout: layout(of: port.name))
      define(port.name, stored, .input(index), step: -1)
    }
    if options.precision == .bfloat16 {
      lowering = BFloat16Lowering(graph) { try? request($0, inputs: $0.inputs.map { typeAtFirst($0, shapes) }, shapes) }
    }
    for node in graph.nodes { try lower(node, shapes) }
    outputIDs = try bound.enumerated().map { index, name in try deliver(name, to: index) }
  }

  /// - Parameter elementType: the value's own type, where it is kept in another.
  private mutating func define(
    _ name: String, _ type: PhysicalType, _ storage: Storage, step: Int, elementType: DataType? = nil
  ) {
    values.append(CompiledValue(name: name, type: type, storage: storage, first: step, last: step))
    current[name] = values.count - 1
    converted[name] = [Form(layout: type.layout, dataType: type.dataType): values.count - 1]
    elementTypes[name] = elementType ?? type.dataType
  }

  private mutating func valueID(_ name: String) -> Int {
    if let id = current[name] { return id }
    let parameter = parameters.place(of: name)!
    define(
      name, PhysicalType(shape: parameter.shape, dataType: parameter.dataType, layout: .plain), .parameter(name),
      step: -1)
    return current[name]!
  }

  /// The value in the layout asked for (nil: any) and the element type asked for (nil: its own), converted where it is
  /// in others.
  private mutating func value(_ name: String, in layout: Layout?, as dataType: DataType?) -> Int {
    let id = valueID(name)
    let from = values[id].type
    let form = Form(layout: layout ?? from.layout, dataType: dataType ?? elementTypes[name]!)
    if let known = converted[name]?[form] { return known }
    guard form.layout != from.layout, form.dataType != from.dataType else { return convert(name, id, to: form) }
    // Layouts change in float32, for which there are fast kernels.
    let between = value(name, in: form.dataType == .float32 ? from.layout : form.layout, as: .float32)
    return convert(name, between, to: form)
  }

  private mutating func convert(_ name: String, _ id: Int, to form: Form) -> Int {
    let from = values[id].type
    let to = PhysicalType(shape: from.shape, dataType: form.dataType, layout: form.layout)
    let isSame = from.dataType == to.dataType && PhysicalType.layoutsCoincide(from.shape)
    values.append(
      CompiledValue(name: name, type: to, storage: isSame ? .alias(id) : .arena, first: steps.count, last: steps.count))
    let new = values.count - 1
    converted[name]![form] = new
    if !isSame {
      let kind =
        from.dataType != to.dataType
        ? "to \(to.dataType.rawValue)" : to.layout == .plain ? "to row-major" : "to channels-last"
      steps.append(
        CompiledStep(
          name: name, kind: kind, implementation: "pare", isReference: false, isConversion: true, node: nil,
          inputs: [id], outputs: [new], scratchBytes: 0,
          make: {
            from.dataType == to.dataType
              ? LayoutConversion.kernel(from: from, to: to.layout)
              : TypeConversion.kernel(count: to.shape.count, to: to.dataType)
          }))
      touch(id, at: steps.count - 1)
      touch(new, at: steps.count - 1)
    }
    return new
  }

  private mutating func touch(_ id: Int, at step: Int) {
    values[id].last = max(values[id].last, step)
    if case .alias(let root) = values[id].storage { touch(root, at: step) }
  }

  private typealias Shapes = [String: (Shape, DataType)?]

  /// What is known of a value before anything is laid out.
  private func typeAtFirst(_ name: String, _ shapes: Shapes) -> PhysicalType? {
    if let place = parameters.place(of: name) {
      return PhysicalType(shape: place.shape, dataType: place.dataType, layout: .plain)
    }
    return (shapes[name] ?? nil).map { PhysicalType(shape: $0.0, dataType: $0.1, layout: .plain) }
  }

  private func request(_ node: Node, inputs: [PhysicalType?], _ shapes: Shapes) throws -> KernelRequest {
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
    var own = inputs
    for (index, name) in node.inputs.enumerated() {
      if let type = elementTypes[name] { own[index]?.dataType = type }
    }
    return KernelRequest(
      node: node, inputs: own, storedTypes: inputs.map { $0?.dataType }, outputs: outputs,
      wantsBFloat16: node.outputs.map { lowering?.isWanted($0) ?? false },
      parameterNames: node.inputs.map { parameters.place(of: $0) == nil ? nil : $0 }, parameters: parameters,
      options: options, tuner: tuner, seed: seed)
  }

  private func plan(_ request: KernelRequest) throws -> KernelPlan {
    guard let provider = KernelList.byKind[request.node.op.kind], let plan = try provider.plan(request) else {
      return ReferenceKernel.plan(request, batch: batch)
    }
    return try lowering?.plan(plan, by: provider, request) ?? plan
  }

  private mutating func lower(_ node: Node, _ shapes: Shapes) throws {
    let ids = node.inputs.map { $0.isEmpty ? nil : valueID($0) }
    let request = try request(node, inputs: ids.map { $0.map { values[$0].type } }, shapes)
    let plan = try plan(request)
    let inputs = node.inputs.enumerated().map { index, name in
      name.isEmpty
        ? nil
        : value(
          name, in: index < plan.inputLayouts.count ? plan.inputLayouts[index] : nil,
          as: index < plan.inputTypes.count ? plan.inputTypes[index] : nil)
    }
    // A residual that the kernel adds to its own output starts as a copy there.
    let step = steps.count + (plan.preloaded == nil ? 0 : 1)
    var outputIDs: [Int?] = []
    for (index, name) in node.outputs.enumerated() {
      guard !name.isEmpty else {
        outputIDs.append(nil)
        continue
      }
      let output = request.outputs[index]
      let type = PhysicalType(
        shape: output.shape, dataType: index < plan.outputTypes.count ? plan.outputTypes[index] : output.dataType,
        layout: plan.outputLayouts[index])
      var storage = Storage.arena
      if plan.isAlias, index == 0, let source = inputs[0], !isOutput(name) { storage = .alias(source) }
      define(name, type, storage, step: steps.count, elementType: output.dataType)
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
        name: node.name, kind: plan.kind ?? node.op.kind, implementation: plan.implementation,
        isReference: plan.isReference, isConversion: false, node: node, inputs: inputs, outputs: outputIDs,
        scratchBytes: plan.scratchBytes, density: plan.density, make: plan.make))
  }

  private var inPlaceCandidates: [Int: [(output: Int, input: Int)]] = [:]

  private func isOutput(_ name: String) -> Bool { graph.isOutput(name) }

  /// The layout of an input or bound value in the caller's memory.
  private func layout(of name: String) -> Layout { channelsLast.contains(name) ? .channelsLast : .plain }

  /// Makes a value available in the caller's memory.
  private mutating func deliver(_ name: String, to index: Int) throws -> Int {
    let id = value(name, in: layout(of: name), as: nil)
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
      var taken = Set<Int>()
      for (output, input) in inPlaceCandidates[index] ?? [] {
        guard output < steps[index].outputs.count, let target = steps[index].outputs[output],
          let source = steps[index].inputs[input], case .arena = values[target].storage
        else { continue }
        let root = self.root(of: source)
        let isPreload = values[target].first < index
        guard case .arena = values[root].storage, values[root].last <= index,
          values[root].type.byteCount == values[target].type.byteCount, root != target, !taken.contains(root),
          // Another input of the same step may be the same memory under another name.
          isPreload || steps[index].inputs.filter({ $0.map { self.root(of: $0) } == root }).count == 1
        else { continue }
        values[root].last = max(values[root].last, values[target].last)
        values[target].storage = .alias(root)
        taken.insert(root)
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
