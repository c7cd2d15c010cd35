import Datasets
import Engine
import Graphs
import Tensors

/// A network compiled to run over a whole split, batch by batch, with loading ahead of computing.
///
/// One batch size is compiled; a last, smaller batch is padded with zeros and the padding's rows are left out of
/// `Outputs.count`. Confined to its user.
public final class SplitProgram {
  /// What one batch gave.
  public struct Outputs {
    /// The samples: their positions in the split and their labels.
    public let batch: Batch
    /// The outputs by name; the leading axis belongs to the compiled batch, of which the first `count` rows count.
    public let values: [String: Tensor]
    /// How many rows are samples.
    public var count: Int { batch.count }
  }

  /// The samples, with inputs named as the network's.
  public let split: Split
  /// The compiled network.
  public let program: Program
  /// The compiled batch size.
  public var batchSize: Int { program.batch }

  /// Compiles a network that takes raw samples.
  ///
  /// - Parameters:
  ///   - parameters: the memory to bind to (that of a training under way); nil: a copy of the graph's own, folded and
  ///     fused for inference.
  ///   - keepsValues: whether the graph is to be run as it stands, without folding.
  /// - Throws: `PareError.badInput` where the samples do not fit, `PareError.unsupported` where an operator cannot run.
  public init(
    _ graph: Graph, on split: Split, batchSize: Int = 128, engine: Engine, parameters: ParameterMemory? = nil,
    keepsValues: Bool = false
  ) throws {
    guard split.count > 0 else { throw PareError(.badInput, "the \(split.name) split has no samples") }
    self.split = try split.matching(graph)
    let batch = graph.fixedBatch ?? max(1, min(batchSize, split.count))
    let options = ProgramOptions(fusesInference: !keepsValues)
    let runnable = parameters == nil && !keepsValues ? try Network(graph: graph).graph : graph
    program = try Program(
      graph: runnable, batch: batch, parameters: parameters ?? ParameterMemory(graph: runnable), engine: engine,
      options: options)
  }

  /// Runs over all samples in order.
  /// - Throws: `PareError.badInput` naming a file that cannot be read, and whatever `body` throws.
  public func forEachBatch(_ body: (Outputs) throws -> Void) throws {
    let loader = try BatchLoader(split, .evaluation(batchSize: batchSize))
    defer { loader.cancel() }
    while let batch = try loader.next() { try body(run(batch)) }
  }

  /// Runs one batch of at most the compiled size.
  /// - Throws: what running throws.
  public func run(_ batch: Batch) throws -> Outputs {
    let inputs = batch.count == batchSize ? batch.inputs : batch.inputs.mapValues { $0.paddedRows(to: batchSize) }
    return Outputs(batch: batch, values: try program.run(inputs))
  }
}

extension Graph {
  /// The batch size that a network insists on; nil where any will do.
  package var fixedBatch: Int? {
    inputs.first?.type.shape.flatMap { $0.rank > 0 ? $0[0].fixedExtent : nil }
  }
}

extension Tensor {
  /// The tensor with zeros behind, the leading axis as long as asked.
  package func paddedRows(to count: Int) -> Tensor {
    guard shape.rank > 0, shape[0] < count else { return self }
    var larger = shape
    larger[0] = count
    var result = Tensor(zeros: larger, dataType: dataType)
    withUnsafeBytes { source in
      result.withUnsafeMutableBytes { target in
        if let from = source.baseAddress, let to = target.baseAddress {
          to.copyMemory(from: from, byteCount: source.count)
        }
      }
    }
    return result
  }
}
