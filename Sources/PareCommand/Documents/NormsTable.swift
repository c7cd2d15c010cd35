import Pare

extension FilterNorms {
  /// The layers, a row each, with their histograms drawn.
  var table: TerminalTable {
    var table = TerminalTable(columns: [
      .init("weights", .left), .init("filters"), .init("smallest"), .init("mean"), .init("largest"), .init("deviation"),
      .init("0 to largest", .left), .init("deviates", .left), .init("near zero", .left),
    ])
    table.rows = layers.map { layer in
      [
        layer.name, NumberFormat.integer(layer.filters), NumberFormat.decimal(layer.smallest, digits: 3),
        NumberFormat.decimal(layer.mean, digits: 3), NumberFormat.decimal(layer.largest, digits: 3),
        NumberFormat.decimal(layer.deviation, digits: 3), Self.drawn(layer.histogram), layer.deviates ? "yes" : "no",
        layer.reachesZero ? "yes" : "no",
      ]
    }
    return table
  }

  /// A histogram as a line of blocks, the fullest bin the highest.
  static func drawn(_ histogram: [Int]) -> String {
    let blocks = Array("\u{2581}\u{2582}\u{2583}\u{2584}\u{2585}\u{2586}\u{2587}\u{2588}")
    let most = histogram.max() ?? 0
    return String(
      histogram.map { count -> Character in
        count == 0 || most == 0 ? "\u{b7}" : blocks[(count * blocks.count + most - 1) / most - 1]
      })
  }
}
