import Graphs
import Tensors

/// A network compiled in segments: the host decides which runs next, and on which samples.
///
/// Every segment is compiled for a few batch sizes; samples that leave the batch are closed up behind, and what is left
/// runs at the smallest size that holds it (rows that fill it up are computed and ignored). Values between segments keep
/// the engine's own layout. Confined to its user.
///
/// ```swift
/// let program = try SegmentedProgram(SegmentedGraph(graph, cutAfter: [["exit0"], ["exit1"], ["y"]]), engine: engine)
/// try program.run(["x": images]) { segment in
///   let scores = try program.rows(of: exits[segment])
///   return rows whose sample is not sure yet
/// }
/// ```
public final class SegmentedProgram {
  private struct Segment {
    var programs: [Program]
    var inputs: [SegmentValue]
    var outputs: [SegmentValue]
    var macs: Int
    /// The addresses of all rows, and of gathered ones once they were needed.
    var whole: (inputs: [UnsafeMutableRawPointer?], outputs: [UnsafeMutableRawPointer?])
    var gathered: (inputs: [UnsafeMutableRawPointer?], outputs: [UnsafeMutableRawPointer?])?
  }

  /// The compiled batch sizes, ascending.
  public let batchSizes: [Int]
  /// Where it runs.
  public let engine: Engine
  /// The samples that are still in the batch, by their position when it began, ascending.
  public private(set) var samples: [Int] = []
  /// How many samples each segment has computed since the batch began.
  public private(set) var samplesComputed: [Int]
  /// Likewise with the rows that filled compiled sizes up: the work done.
  public private(set) var rowsComputed: [Int]
  /// The multiply-accumulates of those rows.
  public var macsComputed: Int { zip(rowsComputed, segments).reduce(0) { $0 + $1.0 * $1.1.macs } }

  private var segments: [Segment] = []
  private var values: [String: SegmentValue] = [:]
  private let inputNames: [String]

  /// Compiles.
  ///
  /// - Parameters:
  ///   - batchSizes: what to compile for; nil: the powers of two up to 16. The largest is the most that a batch can be.
  ///   - parameters: the memory to bind to (that of a training under way); nil: a copy of the graph's own, each segment
  ///     folded and fused for inference.
  /// - Throws: `PareError.unsupported` where an operator cannot be run or a boundary value has no row for each sample.
  public init(
    _ network: SegmentedGraph, batchSizes: [Int]? = nil, engine: Engine, parameters: ParameterMemory? = nil,
    options: ProgramOptions = ProgramOptions()
  ) throws {
    let sizes = Set(batchSizes ?? [1, 2, 4, 8, 16]).sorted()
    guard let most = sizes.last, sizes[0] > 0 else {
      throw PareError(.usage, "batch sizes \(sizes): give at least one, from 1 on")
    }
    self.batchSizes = sizes
    self.engine = engine
    inputNames = network.inputs.map(\.name)
    samplesComputed = Array(repeating: 0, count: network.segments.count)
    rowsComputed = samplesComputed
    samples.reserveCapacity(most)
    let outside = Set(network.inputs.map(\.name) + network.outputs.map(\.name))
    var channelsLast = Set<String>()
    for port in network.inputs + network.segments.flatMap(\.graph.outputs) where values[port.name] == nil {
      let isInside = !outside.contains(port.name) && (port.type.shape?.rank ?? 0) >= 3
      if isInside { channelsLast.insert(port.name) }
      values[port.name] = try SegmentValue(port, layout: isInside ? .channelsLast : .plain, capacity: most)
    }
    for segment in network.segments {
      let graph = parameters == nil ? try InferencePreparation().apply(to: segment.graph) : segment.graph
      let memory = parameters ?? ParameterMemory(graph: graph)
      let programs = try sizes.map { size in
        try Program(
          graph: graph, batch: size, parameters: memory, engine: engine, options: options, writes: [],
          channelsLast: channelsLast)
      }
      let (inputs, outputs) = (graph.inputs.map { values[$0.name]! }, graph.outputs.map { values[$0.name]! })
      segments.append(
        Segment(
          programs: programs, inputs: inputs, outputs: outputs, macs: try segment.graph.costs().macs,
          whole: (inputs.map(\.memory.base), outputs.map(\.memory.base))))
    }
  }

  /// Begins a batch: as many samples as the inputs have rows.
  /// - Throws: `PareError.usage` for a missing input and for more rows than the largest compiled size,
  ///   `PareError.badInput` for one of another shape or type.
  public func begin(_ inputs: [String: Tensor]) throws {
    let count = inputNames.first.flatMap { inputs[$0]?.shape.dimensions.first } ?? 0
    guard count <= batchSizes.last! else {
      throw PareError(.usage, "\(count) samples; the largest compiled batch is \(batchSizes.last!)")
    }
    samples.removeAll(keepingCapacity: true)
    samples.append(contentsOf: 0..<count)
    for value in values.values { value.hold([]) }
    for index in segments.indices { (samplesComputed[index], rowsComputed[index]) = (0, 0) }
    for name in inputNames {
      let value = values[name]!
      guard let tensor = inputs[name] else { throw PareError(.usage, "input \"\(name)\" is missing") }
      let wanted = value.shape(rows: count)
      guard tensor.shape == wanted, tensor.dataType == value.dataType else {
        throw PareError(
          .badInput,
          "input \"\(name)\" is \(tensor.dataType.rawValue) \(tensor.shape), the network wants \(value.dataType.rawValue) \(wanted)"
        )
      }
      tensor.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress { value.memory.base.copyMemory(from: base, byteCount: bytes.count) }
      }
      value.hold(samples)
    }
  }

  /// Runs a segment on the samples in the batch, or on some of its rows; nothing where there are none.
  ///
  /// - Parameter rows: rows in ascending order; the other rows of what the segment makes hold nothing until they are
  ///   computed or passed on. The first such run of a segment allocates memory to gather them in.
  /// - Throws: `PareError.usage` where a value that it reads has not been computed for these samples.
  public func run(_ segment: Int, rows: [Int]? = nil) throws {
    let count = rows?.count ?? samples.count
    guard count > 0 else { return }
    if let rows { checkRows(rows) }
    let size = batchSizes.firstIndex { $0 >= count }!
    if rows != nil, segments[segment].gathered == nil {
      segments[segment].gathered = (
        segments[segment].inputs.map(\.gathered.base), segments[segment].outputs.map(\.gathered.base)
      )
    }
    let part = segments[segment]
    try engine.run {
      for input in part.inputs {
        try input.keep(samples)
        if let rows { input.gather(rows) }
      }
      // Rows that were computed before stay: a segment may run on one part of the batch after the other.
      for output in part.outputs {
        if rows != nil, !output.samples.isEmpty { try output.keep(samples) } else { output.hold(samples) }
      }
      let addresses = rows == nil ? part.whole : part.gathered!
      try part.programs[size].run(inputs: addresses.inputs, outputs: addresses.outputs)
      if let rows { for output in part.outputs { output.scatter(rows) } }
    }
    samplesComputed[segment] += count
    rowsComputed[segment] += batchSizes[size]
  }

  /// Makes rows of one value those of another: a block that these samples skip.
  /// - Throws: `PareError.usage` where the two differ in shape or type, or the first has not been computed.
  public func pass(_ source: String, as target: String, rows: [Int]) throws {
    checkRows(rows)
    let (from, to) = (try value(source), try value(target))
    guard from.matches(to) else {
      throw PareError(.usage, "\"\(source)\" cannot stand for \"\(target)\": their rows differ in shape or type")
    }
    try engine.run {
      try from.keep(samples)
      if to.samples.isEmpty { to.hold(samples) } else { try to.keep(samples) }
      to.take(rows, from: from)
    }
  }

  /// Lets all samples but those of the rows given, in ascending order, leave the batch.
  public func keep(rows: [Int]) {
    checkRows(rows)
    for (target, row) in rows.enumerated() { samples[target] = samples[row] }
    samples.removeLast(samples.count - rows.count)
  }

  /// A value's rows for the samples in the batch, row-major.
  /// - Throws: `PareError.usage` where it has not been computed.
  public func rows(of name: String) throws -> Tensor {
    let value = try value(name)
    try engine.run { try value.keep(samples) }
    let type = PhysicalType(shape: value.shape(rows: samples.count), dataType: value.dataType, layout: value.layout)
    var tensor = Tensor(zeros: type.shape, dataType: value.dataType)
    try tensor.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let kernel = LayoutConversion.kernel(from: type, to: .plain)
      kernel.bind(Operands(inputs: [value.memory.base], outputs: [base], scratch: base))
      try engine.run { try kernel.run() }
    }
    return tensor
  }

  /// Begins a batch and runs the segments in order while samples are left.
  ///
  /// - Parameter staying: called behind every segment; gives the rows of the samples that go on, in ascending order.
  /// - Throws: what beginning and running throw, and what `staying` throws.
  public func run(_ inputs: [String: Tensor], staying: (_ segment: Int) throws -> [Int]) throws {
    try begin(inputs)
    for segment in segments.indices where !samples.isEmpty {
      try run(segment)
      keep(rows: try staying(segment))
    }
  }

  private func value(_ name: String) throws -> SegmentValue {
    guard let value = values[name] else {
      throw PareError(.usage, "the segments have no value \"\(name)\" between them")
    }
    return value
  }

  private func checkRows(_ rows: [Int]) {
    precondition(
      zip(rows, rows.dropFirst()).allSatisfy { $0 < $1 } && rows.allSatisfy(samples.indices.contains),
      "rows \(rows) of \(samples.count) samples")
  }
}
