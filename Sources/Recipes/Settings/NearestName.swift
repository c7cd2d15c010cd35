/// The name that a misspelt one was probably meant to be.
enum NearestName {
  /// The nearest of some names, where it is near enough: up to a third of the letters inserted, removed or replaced, case
  /// and underscores not counted.
  static func of(_ name: String, among names: [String]) -> String? {
    let wanted = letters(of: name)
    let distances = names.map { (distance(wanted, letters(of: $0)), $0) }
    guard let best = distances.min(by: { $0 < $1 }), best.0 <= max(1, wanted.count / 3) else { return nil }
    return best.1
  }

  private static func letters(of name: String) -> [Character] {
    Array(name.lowercased().filter { $0 != "_" && $0 != "-" })
  }

  /// The fewest insertions, removals and replacements that make one of the other (Levenshtein 1966).
  static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let replaced = diagonal + (letter == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
