import CKernels
import COneDNN
import Tensors

/// The place where all computing happens: one dedicated thread, which alone decides how many cores work for it.
///
/// libgomp keeps a team of threads per calling thread, so calls from several threads would oversubscribe the cores and
/// change the order of summation. An engine of one thread has none of its own and runs on its caller.
///
/// Where other processes use the same cores, start the process with `GOMP_SPINCOUNT=1000` in its environment (as the
/// command line tool does for itself): otherwise libgomp's threads spin for milliseconds whenever they wait.
public final class Engine: Sendable {
  /// How many threads an operation may use.
  public let threads: Int
  /// Whether its programs are exact (`ProgramOptions.isExact`) whatever their own settings say.
  public let isExact: Bool
  /// What chooses the forms of its programs' layers.
  public let tuning: Tuning
  private let worker: ComputeThread?

  /// Starts an engine.
  /// - Parameters:
  ///   - threads: at least 1; all that the process may use where omitted.
  ///   - isExact: whether its programs are to be exact.
  ///   - tuning: what chooses the forms of their layers; a fixed rule where omitted.
  public init(threads: Int? = nil, isExact: Bool = false, tuning: Tuning = Tuning()) {
    self.isExact = isExact
    self.tuning = tuning
    self.threads = max(1, threads ?? Processors.available)
    worker = self.threads == 1 ? nil : ComputeThread(threads: self.threads)
  }

  deinit { worker?.stop() }

  /// Runs `body` on the compute thread and waits for it. Calls from the compute thread itself run at once, and with one
  /// thread everything runs on the caller.
  public func run<Result>(_ body: () throws -> Result) throws -> Result {
    guard let worker else {
      pk_set_threads(1)
      return try body()
    }
    if worker.isCurrent { return try body() }
    var outcome: Swift.Result<Result, any Error>?
    worker.perform { outcome = Swift.Result(catching: body) }
    return try outcome!.get()
  }

  /// The linked oneDNN's version, such as `2.6.3`.
  public static var oneDNNVersion: String {
    "\(pdnn_version_major()).\(pdnn_version_minor()).\(pdnn_version_patch())"
  }

  /// Whether this machine multiplies bfloat16 faster than float32; otherwise programs of that precision are float32.
  public static var multipliesBFloat16: Bool { pk_has_bfloat16() != 0 }

  /// The instruction set that Pare's own kernels use on this machine.
  public static var instructionSet: String { String(cString: pk_cpu_level()) }
}
