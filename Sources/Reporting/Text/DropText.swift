/// How the change of top-1 is worded. A change is after minus before, the drop with its sign turned.
enum DropText {
  /// `−0.42 points (95 %: −0.73 to −0.11)`.
  static func change(_ drop: ReportDocument.Drop?) -> String {
    guard let drop, let value = drop.value else { return NumberFormat.missing }
    return NumberFormat.signedPoints(-value) + " points" + (interval(drop).map { " (95 %: \($0))" } ?? "")
  }

  /// `−0.73 to −0.11`; nothing where the interval is not known.
  static func interval(_ drop: ReportDocument.Drop) -> String? {
    guard let low = drop.low, let high = drop.high else { return nil }
    return NumberFormat.signedPoints(-high) + " to " + NumberFormat.signedPoints(-low)
  }
}
