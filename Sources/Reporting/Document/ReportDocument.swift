/// Everything that is known about one compression: what went in, what was asked, what was done, what came out.
///
/// Encoded it is `report.json`, and the `--json` output of `pare compress` and of each method's command. Keys are
/// snake_case; accuracies are fractions, not percent; a value that a run lacks is absent, never 0 (a run without labels
/// has no `top1`). `HTMLReport` renders it as a page, `summaryTable()` for a terminal.
public struct ReportDocument: Codable, Sendable, Equatable {
  /// The program that wrote the report.
  public var tool: Tool
  /// The command line, argument by argument.
  public var command: [String]
  /// When the run ended, ISO 8601 in UTC; see `timestamp(of:)`.
  public var created: String
  /// Wall-clock seconds of the whole run.
  public var seconds: Double?
  /// The seed of every random choice.
  public var seed: UInt64
  /// Threads that computed.
  public var threads: Int
  /// The machine whose clock the latencies are of.
  public var machine: Machine?
  /// The network that went in.
  public var input: FileRecord?
  /// The teacher that training distilled from: a path or a `zoo:` name.
  public var teacher: String?
  /// The data that trained, calibrated and judged.
  public var data: DataRecord?
  /// What the network takes and gives.
  public var signature: Signature?
  /// The settings in full, as YAML that `--recipe` accepts.
  public var settings: String?
  /// What was asked of the result.
  public var targets: [Target] = []
  /// What the accuracy must not fall below.
  public var guards: Guards?
  /// The original, on the whole test split and on this machine's clock.
  public var before: Measures
  /// The written file, loaded again.
  public var after: Measures
  /// The loss of top-1 from `before` to `after`, with its interval.
  public var drop: Drop?
  /// How close the outputs are to the original's; there without labels too.
  public var fidelity: [Fidelity] = []
  /// Whether the result may be shipped, and why.
  public var verdict: Verdict?
  /// The steps, in the order they ran.
  public var stages: [Stage] = []
  /// Test accuracy class by class.
  public var classes: [ClassChange] = []
  /// The confusions that changed most.
  public var confusionChanges: [ConfusionChange] = []
  /// Cost and time layer by layer.
  public var layers: [LayerChange] = []
  /// The model file that the command was asked for.
  public var output: String?
  /// Every file that was written.
  public var outputs: [FileRecord] = []
  /// Remarks that a reader should know.
  public var notes: [String] = []
  /// What went less well than it should.
  public var warnings: [String] = []
  /// The exit code of the command.
  public var exitCode: Int

  /// A document with what every run has; the rest is set afterwards.
  public init(
    tool: Tool, command: [String], created: String, seed: UInt64 = 0, threads: Int,
    before: Measures = Measures(), after: Measures = Measures(), exitCode: Int = 0
  ) {
    self.tool = tool
    self.command = command
    self.created = created
    self.seed = seed
    self.threads = threads
    self.before = before
    self.after = after
    self.exitCode = exitCode
  }

  enum CodingKeys: String, CodingKey {
    case tool, command, created, seconds, seed, threads, machine, input, teacher, data, signature, settings, targets
    case guards, before, after, drop, fidelity, verdict, stages, classes, layers, output, outputs, notes, warnings
    case confusionChanges = "confusion_changes"
    case exitCode = "exit_code"
  }
}
