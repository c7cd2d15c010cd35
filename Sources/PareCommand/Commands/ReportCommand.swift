import ArgumentParser
import Foundation
import Pare

/// `pare report`: shows what a compression gave.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Shows the report of a compression, and writes its page anew.",
    discussion: """
      Reads DIR/report.json, prints the tables and the verdict, and writes DIR/report.html.

        pare report out/
      """)

  @Argument(help: ArgumentHelp("The folder of a compression.", valueName: "dir"))
  var folder: String

  @OptionGroup
  var options: GlobalOptions

  func run() throws {
    let url = URL(fileURLWithPath: folder, isDirectory: true)
    let json = url.appendingPathComponent("report.json")
    guard FileManager.default.fileExists(atPath: json.path) else {
      throw PareError(.notFound, "there is no report.json in \(folder); name the folder that pare compress wrote")
    }
    let document: ReportDocument
    do {
      document = try ReportDocument(jsonData: Data(contentsOf: json))
    } catch let error as DecodingError {
      throw PareError(.badInput, "this is not a report of pare: \(error.reason)", context: ["file": json.path])
    } catch {
      throw PareError(
        .badInput, "the report cannot be read: \(error.localizedDescription)", context: ["file": json.path])
    }
    let page = url.appendingPathComponent("report.html")
    do {
      try Data(HTMLReport(document).render().utf8).write(to: page, options: .atomic)
    } catch {
      throw PareError(
        .cannotWrite, "the page cannot be written: \(error.localizedDescription)", context: ["file": page.path])
    }
    CompressionDisplay.show(document, on: options.console)
    options.console.print("report: \(page.path)")
    try options.console.printJSON(document)
  }
}
