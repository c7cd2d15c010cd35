import Pare

/// What `pare profile` shows.
struct ProfileTables {
  private let latency: Latency

  /// Tables of a measurement.
  init(_ latency: Latency) { self.latency = latency }

  /// The layers, a row each, with their share of all.
  func layers() -> TerminalTable {
    var table = TerminalTable(columns: [
      .init("layer", .left), .init("operator", .left), .init("runs as", .left), .init("ms"), .init("share"),
      .init("GFLOP/s"), .init("of peak"), .init("moved"), .init("MACs/byte"),
    ])
    let total = latency.layers.reduce(0) { $0 + $1.ms }
    table.rows = latency.layers.map { layer in
      [
        layer.name, layer.op, implementation(of: layer),
        NumberFormat.decimal(layer.ms, digits: 4), NumberFormat.percent(layer.ms / max(total, 1e-12), digits: 1),
        layer.gflops.map { NumberFormat.decimal($0, digits: 1) } ?? "",
        layer.peakShare.map { NumberFormat.percent($0, digits: 0) } ?? "", NumberFormat.bytes(layer.bytes),
        layer.macsPerByte.map { NumberFormat.decimal($0, digits: 1) } ?? "",
      ]
    }
    return table
  }

  /// What runs, with the share of the weights that it multiplies with where that is not all.
  private func implementation(of layer: Latency.Layer) -> String {
    if layer.isReference { return "reference (slow)" }
    guard let density = layer.density else { return layer.implementation }
    return "\(layer.implementation), \(NumberFormat.percent(density, digits: 1)) of weights"
  }

  /// The whole network, a row a figure.
  func totals(title: String) -> TerminalTable {
    let times = latency.milliseconds
    var table = TerminalTable(
      columns: [.init(title, .left), .init("")],
      rows: [
        ["batch", NumberFormat.integer(latency.batch)],
        ["threads", NumberFormat.integer(latency.threads)],
        ["runs", NumberFormat.integer(latency.runs)],
        ["median", NumberFormat.milliseconds(times.p50)],
        ["mean", NumberFormat.milliseconds(times.mean)],
        ["90 % within", NumberFormat.milliseconds(times.p90)],
        ["99 % within", NumberFormat.milliseconds(times.p99)],
        ["fastest", NumberFormat.milliseconds(times.min)],
        ["compiling", NumberFormat.milliseconds(latency.compileMs)],
        ["samples a second", NumberFormat.significant(latency.imagesPerSecond)],
      ])
    if let energy = latency.energy {
      table.rows.append(["energy of a run", "\(NumberFormat.significant(energy)) mJ"])
    }
    if let peak = latency.peak {
      table.rows.append(["peak, float32", "\(NumberFormat.significant(peak.float32)) GFLOP/s"])
      if let integer = peak.int8 { table.rows.append(["peak, int8", "\(NumberFormat.significant(integer)) GOP/s"]) }
      table.rows.append(["peak, memory", "\(NumberFormat.significant(peak.bandwidth)) GB/s"])
    }
    return table
  }
}
