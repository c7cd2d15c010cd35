/// How do I run it, and how was it made? Snippets, the command, settings, files with their hashes, the machine.
enum ReproduceSection: ReportSection {
  static let identifier = "run"
  static let question = "How do I run it, and make it again?"

  static func body(of document: ReportDocument) -> HTML {
    """
    \(remarks("Warnings", document.warnings))
    <h3>Run it in Python</h3>
    \(code(RunSnippets.python(for: document)))
    <h3>Run it in Swift</h3>
    \(code(RunSnippets.swift(for: document)))
    <h3>Make it again</h3>
    \(code(ShellText.command(document.command)))
    <p>The same seed, threads and machine give the same bytes.</p>
    \(settings(document))
    \(files(document))
    <h3>Circumstances</h3>
    \(FactList.html(circumstances(document)))
    \(remarks("Notes", document.notes))
    """
  }

  private static func code(_ text: String) -> HTML {
    "<pre tabindex=\"0\"><code>\(text)</code></pre>"
  }

  private static func remarks(_ title: String, _ texts: [String]) -> HTML? {
    guard !texts.isEmpty else { return nil }
    return "<h3>\(title)</h3>\n<ul class=\"remarks\">\n\(texts.map { "<li>\($0)</li>" as HTML })\n</ul>"
  }

  private static func settings(_ document: ReportDocument) -> HTML? {
    document.settings.flatMap { Disclosure.html("Settings in full (YAML)", code($0)) }
  }

  private static func files(_ document: ReportDocument) -> HTML? {
    var records = document.outputs.map { ("written", $0) }
    if let input = document.input { records.insert(("read", input), at: 0) }
    guard !records.isEmpty else { return nil }
    let rows = records.map { use, file -> [DataTable.Cell] in
      [
        .init(file.path), .init([use, file.kind].compactMap(\.self).joined(separator: ", ")),
        .init(NumberFormat.integer(file.bytes), order: file.bytes.map(Double.init)),
        .init(markup: "<code class=\"hash\">\(file.sha256 ?? NumberFormat.missing)</code>"),
      ]
    }
    return "<h3>Files</h3>\n"
      + DataTable(
        caption: "Files that were read and written",
        columns: [
          .init(title: "file", isNumeric: false), .init(title: "", isNumeric: false), .init(title: "bytes"),
          .init(title: "SHA-256", isNumeric: false),
        ], rows: rows
      ).html
  }

  private static func circumstances(_ document: ReportDocument) -> [(name: String, value: HTML)] {
    var facts: [(name: String, value: HTML)] = [
      ("Program", "\(document.tool.name) \(document.tool.version)"), ("Finished", "\(document.created)"),
    ]
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { facts.append((name, "\(value)")) }
    }
    add("Took", document.seconds.map { NumberFormat.duration($0) })
    add("Seed", String(document.seed))
    add("Threads", String(document.threads))
    add("Processor", document.machine.map { "\($0.cpu), \($0.cores) cores" })
    add("Memory", document.machine?.memoryBytes.map { NumberFormat.bytes($0) })
    add("System", document.machine?.os)
    add("oneDNN", document.machine?.onednnVersion)
    add("Swift", document.machine?.swift)
    add("Teacher", document.teacher)
    add("Data", document.data?.spec)
    add("Data fingerprint", document.data?.fingerprint)
    add("Training images", document.data?.trainCount.map { NumberFormat.integer($0) })
    add("Test images", document.data?.testCount.map { NumberFormat.integer($0) })
    add("Pixel mean", document.data?.mean.map(channels))
    add("Pixel deviation", document.data?.std.map(channels))
    add("Exit code", String(document.exitCode))
    return facts
  }

  private static func channels(_ values: [Double]) -> String {
    values.map { NumberFormat.decimal($0, digits: 4) }.joined(separator: ", ")
  }
}
