import Engine

/// How long a network takes on this machine.
public struct Latency: Codable, Sendable, Equatable {
  /// Milliseconds of one run.
  public struct Milliseconds: Codable, Sendable, Equatable {
    /// The mean.
    public var mean: Double
    /// Half of the runs took at most this long.
    public var p50: Double
    /// Nine tenths of the runs took at most this long.
    public var p90: Double
    /// 99 of 100 runs took at most this long.
    public var p99: Double
    /// The fastest run.
    public var min: Double

    /// Sums up runs, of which there must be at least one; percentiles by nearest rank.
    public init(seconds: [Double]) {
      precondition(!seconds.isEmpty, "latency of no runs")
      let sorted = seconds.map { $0 * 1000 }.sorted()
      func percentile(_ percent: Int) -> Double { sorted[(percent * sorted.count + 99) / 100 - 1] }
      mean = sorted.reduce(0, +) / Double(sorted.count)
      p50 = percentile(50)
      p90 = percentile(90)
      p99 = percentile(99)
      min = sorted[0]
    }
  }

  /// One layer's share.
  public struct Layer: Codable, Sendable, Equatable {
    /// The node's name.
    public var name: String
    /// The operator.
    public var op: String
    /// The median over a few runs, in milliseconds.
    public var ms: Double
    /// Which implementation ran.
    public var implementation: String
    /// Whether that is the slow reference evaluation.
    public var isReference: Bool
    /// Multiply-accumulates of the whole batch; those with zeros that are left out do not count.
    public var macs: Int
    /// The share of the weights that are multiplied with, where zeros are left out; nil where all are.
    public var density: Double?
    /// Bytes of all operands but zeros that are left out: what a run reads and writes at least.
    public var bytes: Int
    /// Billions of operations a second, a multiply-accumulate counting as two; nil where nothing is multiplied.
    public var gflops: Double?
    /// Multiply-accumulates for each byte of the operands; nil where nothing is multiplied.
    public var macsPerByte: Double?
    /// `gflops` over what this machine reaches at best with the layer's element type; nil where either is unknown.
    /// It may exceed 1: multiplications with padding are counted and not done, and some algorithms need fewer.
    public var peakShare: Double?

    enum CodingKeys: String, CodingKey {
      case name, op, ms, implementation, macs, density, bytes, gflops
      case isReference = "is_reference"
      case macsPerByte = "macs_per_byte"
      case peakShare = "peak_share"
    }

    /// Puts a step's description and its time together.
    package init(_ step: LayerDescription, ms: Double, peak: MachinePeak?) {
      (name, op, implementation, isReference) = (step.name, step.op, step.implementation, step.isReference)
      (macs, density, bytes) = (step.macs, step.density, step.bytes)
      self.ms = ms
      guard macs > 0 else { return }
      gflops = 2 * Double(macs) / max(ms * 1e6, 1e-9)
      macsPerByte = Double(macs) / Double(max(bytes, 1))
      peakShare = peak?.gflops(of: step.dataType).flatMap { best in gflops.map { $0 / best } }
    }
  }

  /// Samples in a run.
  public var batch: Int
  /// Threads.
  public var threads: Int
  /// Runs measured.
  public var runs: Int
  /// The whole network.
  public var milliseconds: Milliseconds
  /// Samples a second at the median.
  public var imagesPerSecond: Double
  /// Each layer, in order; empty where not asked for.
  public var layers: [Layer]
  /// What the machine reaches at best; nil where layers were not asked for.
  public var peak: MachinePeak?
  /// Milliseconds that compiling took, clean-up of the graph and packing of weights included.
  public var compileMs: Double
  /// Millijoules of the processor in one run, whatever else it did included; nil where its counters cannot be read.
  public var energy: Double?
  /// MiB by which the most memory resident has grown since the network was made, for training steps: compiling, weights,
  /// gradients and activations. Nil elsewhere.
  public var growthMiB: Double?

  /// Sums up runs, of which there must be at least one.
  package init(
    batch: Int, threads: Int, compileMs: Double, seconds: [Double], layers: [Layer], peak: MachinePeak?,
    energy: Double? = nil
  ) {
    self.batch = batch
    self.threads = threads
    self.compileMs = compileMs
    self.layers = layers
    self.peak = peak
    self.energy = energy
    runs = seconds.count
    milliseconds = Milliseconds(seconds: seconds)
    imagesPerSecond = Double(batch) * 1000 / max(milliseconds.p50, 1e-9)
  }

  enum CodingKeys: String, CodingKey {
    case batch, threads, runs, layers, peak
    case milliseconds = "latency_ms"
    case imagesPerSecond = "images_per_second"
    case compileMs = "compile_ms"
    case energy = "energy_mj"
    case growthMiB = "growth_mib"
  }

  /// Encodes all keys: an energy that cannot be read is null, not absent.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(batch, forKey: .batch)
    try values.encode(threads, forKey: .threads)
    try values.encode(runs, forKey: .runs)
    try values.encode(compileMs, forKey: .compileMs)
    try values.encode(milliseconds, forKey: .milliseconds)
    try values.encode(imagesPerSecond, forKey: .imagesPerSecond)
    try values.encode(layers, forKey: .layers)
    try values.encodeIfPresent(peak, forKey: .peak)
    try values.encode(energy, forKey: .energy)
    try values.encodeIfPresent(growthMiB, forKey: .growthMiB)
  }
}
