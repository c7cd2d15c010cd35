/// A part of the page that opens on demand; printed open.
enum Disclosure {
  static func html(_ title: String, _ content: HTML?) -> HTML? {
    content.map { "<details><summary>\(title)</summary>\n\($0)\n</details>" }
  }
}

/// Named values under one another.
enum FactList {
  static func html(_ facts: [(name: String, value: HTML)]) -> HTML? {
    guard !facts.isEmpty else { return nil }
    let items = facts.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" as HTML }
    return "<dl class=\"facts\">\n\(items)\n</dl>"
  }
}
