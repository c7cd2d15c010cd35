import Yams

/// The keys that settings asked for while they were read, mapping by mapping: all that they know.
final class KeyRecord {
  /// The keys by the mapping's path: keys, and `[0]` and so on for items.
  private var known: [[String]: Set<String>] = [:]

  /// A mapping was opened.
  func open(_ path: [String]) { known[path, default: []].formUnion([]) }

  /// A key was asked for.
  func note(_ key: String, at path: [String]) { known[path, default: []].insert(key) }

  /// The first key of a document, in its order, that nothing asked for; nil where there is none.
  /// - Parameter missing: a key for lack of which reading stopped, before all others were asked for: only what may have
  ///   been meant as this one counts. Nil where everything was read.
  func unknownKey(in node: Yams.Node, insteadOf missing: String? = nil, at path: [String] = []) -> UnknownKey? {
    if let items = node.sequence {
      return items.enumerated().lazy.compactMap {
        self.unknownKey(in: $1, insteadOf: missing, at: path + ["[\($0)]"])
      }.first
    }
    guard let mapping = node.mapping else { return nil }
    for (key, value) in mapping {
      // << takes over the keys of another mapping.
      guard let name = key.string, name != "<<" else { continue }
      let isMeant = missing.map { NearestName.of(name, among: [$0]) != nil } ?? true
      if let names = known[path], !names.contains(name), isMeant, missing.map(names.contains) ?? true {
        return UnknownKey(name: name, path: path, line: key.mark?.line, known: names.sorted())
      }
      if let inner = unknownKey(in: value, insteadOf: missing, at: path + [name]) { return inner }
    }
    return nil
  }
}

/// A key that no setting has.
struct UnknownKey {
  let name: String
  /// The mapping that holds it.
  let path: [String]
  /// Where it stands, from 1.
  let line: Int?
  /// The keys that the mapping may have.
  let known: [String]

  /// What is wrong, with the place and the name that was probably meant.
  var message: String {
    let place = (path + [name]).reduce("") { $0 + ($1.hasPrefix("[") || $0.isEmpty ? $1 : ".\($1)") }
    let line = line.map { "line \($0): " } ?? ""
    let advice: String
    if let near = NearestName.of(name, among: known) {
      advice = "did you mean \"\(near)\"?"
    } else {
      advice = known.isEmpty ? "none is expected there" : "there are \(known.joined(separator: ", "))"
    }
    return "\(line)there is no setting \"\(place)\" in a recipe; \(advice)"
  }
}
