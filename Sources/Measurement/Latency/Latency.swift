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

    enum CodingKeys: String, CodingKey {
      case name, op, ms, implementation
      case isReference = "is_reference"
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

  /// Sums up runs, of which there must be at least one.
  package init(batch: Int, threads: Int, seconds: [Double], layers: [Layer]) {
    self.batch = batch
    self.threads = threads
    self.layers = layers
    runs = seconds.count
    milliseconds = Milliseconds(seconds: seconds)
    imagesPerSecond = Double(batch) * 1000 / max(milliseconds.p50, 1e-9)
  }

  enum CodingKeys: String, CodingKey {
    case batch, threads, runs, layers
    case milliseconds = "latency_ms"
    case imagesPerSecond = "images_per_second"
  }
}
