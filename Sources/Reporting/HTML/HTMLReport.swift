import Foundation

/// A report as one page of HTML that needs nothing else: its style and drawings are in it, it fetches nothing, and it
/// reads the same with scripts off (with them, long tables sort by a click).
///
/// The page answers five questions in the order in which they are asked: may I ship it, what did each step bring,
/// which classes got worse, where does the time go, how do I run it and make it again.
public struct HTMLReport: Sendable {
  private let document: ReportDocument

  /// A page for a document; figures that are not finite are shown as unknown.
  public init(_ document: ReportDocument) {
    self.document = document.finite()
  }

  /// The sections in the order of the page.
  static let sections: [any ReportSection.Type] = [
    VerdictSection.self,
    StagesSection.self,
    ClassesSection.self,
    LayersSection.self,
    ReproduceSection.self,
  ]

  /// The page.
  public func render() -> String {
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title) – compression report</title>
      <style>
      \(HTML(trusted: Style.css))
      </style>
      </head>
      <body>
      \(header)
      <main>
      \(Self.sections.enumerated().map { section($0 + 1, $1) })
      </main>
      <footer>Written by \(document.tool.name) \(document.tool.version), \(day). Accuracy, bytes and milliseconds \
      are those of the written file, loaded again and measured on the machine named above.</footer>
      <script>
      \(HTML(trusted: TableSorting.script))
      </script>
      </body>
      </html>

      """
    return page.markup
  }

  private var title: String {
    document.input.map { name(of: $0.path) } ?? document.output.map { name(of: $0) } ?? "network"
  }

  private func name(of path: String) -> String {
    path.hasPrefix("zoo:") ? path : path.split(separator: "/").last.map(String.init) ?? path
  }

  private var day: String { String(document.created.prefix(10)) }

  private var header: HTML {
    let links = Self.sections.map { "<li><a href=\"#\($0.identifier)\">\($0.question)</a></li>" as HTML }
    let facts = [
      day, document.data?.spec, document.machine?.cpu, document.seconds.map { NumberFormat.duration($0) },
    ].compactMap(\.self).filter { !$0.isEmpty }
    return """
      <header>
      <p class="kind">Compression report</p>
      <h1>\(title)</h1>
      <p class="about">\(facts.joined(separator: " · "))</p>
      <nav aria-label="Sections"><ol>
      \(links)
      </ol></nav>
      </header>
      """
  }

  private func section(_ number: Int, _ section: any ReportSection.Type) -> HTML {
    """
    <section id="\(section.identifier)" class="chapter" aria-labelledby="\(section.identifier)-title">
    <h2 id="\(section.identifier)-title"><span aria-hidden="true">\(number)</span>\(section.question)</h2>
    <div class="body">
    \(section.body(of: document))
    </div>
    </section>
    """
  }
}
