/// A name with wildcards: `*` stands for any characters, none included, `?` for exactly one.
package struct NamePattern {
  /// The pattern's text.
  package let text: String

  /// Makes a pattern from its text.
  package init(text: String) { self.text = text }

  /// Whether the whole of a name fits.
  package func matches(_ name: String) -> Bool {
    let (pattern, name) = (Array(text), Array(name))
    var (p, n) = (0, 0)
    var retry: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        retry = (p + 1, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let (start, taken) = retry {
        retry = (start, taken + 1)
        (p, n) = (start, taken + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
