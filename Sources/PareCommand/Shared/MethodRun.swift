import ArgumentParser
import Foundation
import Pare

/// A method or a composition of methods, run from the command line: what `compress`, `prune`, `distill` and `quantize`
/// share.
struct MethodRun {
  var request: CompressionRequest
  private let options: GlobalOptions
  private let interruption: Interruption

  /// Opens network, teacher and data.
  init(
    model: ModelArgument, weights: WeightsOptions, data: DataOptions, teacher: ModelArgument?, options: GlobalOptions
  ) throws {
    self.options = options
    let read = try weights.applied(to: model.read(seed: options.seed), options.console)
    let (network, dataset) = try data.open(for: read, options)
    request = CompressionRequest(
      inputName: model.text, model: network, data: dataset, settings: CompressionSettings(seed: options.seed),
      output: URL(fileURLWithPath: "."), engine: options.engine())
    // Weights of another file make another network than the file's.
    request.input = weights.weights == nil ? model.file : nil
    if let teacher {
      let own = try teacher.read(seed: options.seed)
      request.teacher = try own.preparation == nil ? data.preparation.applied(to: own) : own
      try Self.check(own, looksAtInputsOf: network)
      request.teacherName = teacher.text
    }
    request.command = ["pare"] + CommandLine.arguments.dropFirst()
    request.version = Version.text
    interruption = Interruption(options.console)
    request.stop = interruption.token
  }

  /// A teacher sees the very samples that the student sees.
  private static func check(_ teacher: Model, looksAtInputsOf student: Model) throws {
    let shapes = [teacher, student].map { $0.graph.inputs.first?.type.shape }
    guard let wanted = shapes[0], let given = shapes[1], wanted.dimensions.dropFirst() != given.dimensions.dropFirst()
    else { return }
    throw PareError(
      .badInput,
      "the teacher wants inputs of \(wanted), the network has \(given); choose a teacher of the same input size")
  }

  /// Runs, prints the result, and ends with 75 where a target was not met.
  mutating func finish() throws -> ReportDocument {
    let display = CompressionDisplay(options.console)
    request.observer = display.observer
    let document: ReportDocument
    do {
      defer { display.finish() }
      document = try Compression(request).run()
    }
    CompressionDisplay.show(document, on: options.console)
    try options.console.printJSON(document)
    // Why the status is 75 is an error, said even with --quiet.
    for target in document.targets where !target.met {
      StandardError.write("pare: error: \(CompressionDisplay.shortfall(target))\n")
    }
    return document
  }

  /// Runs stages and writes the network to a file, and the report to a page where one is asked for; unfinished work lies
  /// beside it and is removed at the end.
  /// - Throws: `PareError.notFound` where there is nothing to resume, and what the stages throw.
  mutating func write(
    _ settings: CompressionSettings, to file: URL, resuming unfinished: ResumeOption, report: URL? = nil
  ) throws {
    request.settings = settings
    request.singleFile = file
    request.resumes = unfinished.resume
    request.output = file.deletingLastPathComponent()
      .appendingPathComponent(file.lastPathComponent + ".checkpoint", isDirectory: true)
    if unfinished.resume, !FileManager.default.fileExists(atPath: request.output.path) {
      throw PareError(
        .notFound, "there is no checkpoint to resume in \(request.output.path); leave --resume out to begin")
    }
    let document = try finish()
    if let report { try FileBytes.write(Array(HTMLReport(document).render().utf8), to: report.path) }
    try? FileManager.default.removeItem(at: request.output)
    if document.exitCode != 0 { throw ExitCode(Int32(document.exitCode)) }
  }

  /// Lists the stages with the time they will take.
  func listStages() throws {
    let plan = try Compression(request).estimate()
    options.console.print(CompressionDisplay.table(of: plan))
    try options.console.printJSON(plan)
  }
}
