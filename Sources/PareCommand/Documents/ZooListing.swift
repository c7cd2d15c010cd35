import Pare

/// The document of `pare zoo`.
struct ZooListing: Encodable {
  /// An option of a network.
  struct Option: Encodable {
    let name: String
    let help: String
    let `default`: String
    let range: String
  }

  /// A network.
  struct Entry: Encodable {
    let name: String
    let summary: String
    let paper: String?
    let input: [Int]
    let parameters: Int
    let macs: Int
    let options: [Option]

    /// Counts what the network costs.
    init(_ architecture: any Architecture) throws {
      let size = try architecture.size(ArchitectureOptions(defaultsOf: architecture.options))
      name = architecture.name
      summary = architecture.summary
      paper = architecture.paper
      input = architecture.preparation.shape.dimensions
      parameters = size.parameters
      macs = size.macs
      options = architecture.options.map {
        Option(name: $0.name, help: $0.help, default: $0.defaultText, range: $0.rangeText)
      }
    }

    /// The options, a row each.
    func optionsTable() -> TerminalTable {
      TerminalTable(
        columns: [.init("option", .left), .init("default"), .init("from", .left), .init("", .left)],
        rows: options.map { [$0.name, $0.default, $0.range, $0.help] })
    }
  }

  /// The networks.
  let networks: [Entry]

  /// The networks, a row each.
  func table() -> TerminalTable {
    TerminalTable(
      columns: [.init("name", .left), .init("parameters"), .init("MACs"), .init("", .left)],
      rows: networks.map {
        [$0.name, NumberFormat.integer($0.parameters), NumberFormat.compact($0.macs), $0.summary]
      })
  }
}
