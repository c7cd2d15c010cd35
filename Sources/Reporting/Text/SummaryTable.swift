extension ReportDocument {
  /// The result in five lines: top-1 with its drop and interval, parameters, MACs, bytes on disk and latency.
  ///
  /// The last column is what is left of the original; for top-1 it is the change in percentage points with its 95 %
  /// paired interval. Rows of which nothing is known are left out.
  public func summaryTable() -> TerminalTable {
    var table = TerminalTable(columns: [.init("", .left), .init("before"), .init("after"), .init("of original")])
    if before.top1 != nil || after.top1 != nil {
      table.rows.append([
        "top-1", NumberFormat.percent(before.top1), NumberFormat.percent(after.top1), DropText.change(drop),
      ])
    } else if let closeness = fidelity.first {
      table.rows.append(["agreement with the original", "", NumberFormat.percent(closeness.argmaxAgreement), ""])
    }
    func row(_ name: String, _ value: (Measures) -> Double?, _ format: (Double) -> String) {
      let (old, new) = (value(before), value(after))
      guard old != nil || new != nil else { return }
      table.rows.append([
        name, old.map(format) ?? NumberFormat.missing, new.map(format) ?? NumberFormat.missing,
        NumberFormat.share(new, of: old),
      ])
    }
    func count(_ value: Double) -> String { NumberFormat.integer(Int(exactly: value)) }
    row("parameters", { $0.parameters.map(Double.init) }, count)
    // Said where pruning made a difference: a few zeros are in every network.
    if let all = after.parameters, let nonzero = after.nonzeroParameters, 10 * nonzero < 9 * all {
      row("parameters not zero", { $0.nonzeroParameters.map(Double.init) }, count)
    }
    row("MACs", { $0.macs.map(Double.init) }, count)
    row("bytes on disk", { $0.fileBytes.map(Double.init) }, count)
    row("bytes as .pare", { $0.pareFileBytes.map(Double.init) }, count)
    row("latency (p50, batch 1)", { $0.latencyMs }, { NumberFormat.milliseconds($0) })
    return table
  }

  /// The steps, one a row, with the state of the network after each; the first row is the original.
  public func stagesTable() -> TerminalTable {
    var table = TerminalTable(columns: [
      .init("step", .left), .init("held-out top-1"), .init("parameters"), .init("MACs"), .init("on disk"),
      .init("latency"), .init("took"), .init("faster", .left),
    ])
    table.rows.append([
      "original", NumberFormat.percent(before.heldOutTop1), NumberFormat.compact(before.parameters),
      NumberFormat.compact(before.macs), NumberFormat.bytes(before.fileBytes),
      NumberFormat.milliseconds(before.latencyMs), "", "",
    ])
    table.rows += stages.map { stage in
      [
        stage.title, NumberFormat.percent(stage.top1), NumberFormat.compact(stage.parameters),
        NumberFormat.compact(stage.macs), NumberFormat.bytes(stage.fileBytes),
        NumberFormat.milliseconds(stage.latencyMs), NumberFormat.duration(stage.seconds),
        stage.helpedOnClock.map { $0 ? "yes" : "no" } ?? "",
      ]
    }
    return table
  }
}
