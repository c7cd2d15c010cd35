extension Set<String> {
  /// Takes a name that is not in the set yet, the stem or the stem with a number, and enters it.
  package mutating func insertFresh(_ stem: String) -> String {
    var (name, number) = (stem, 0)
    while !insert(name).inserted {
      number += 1
      name = "\(stem)_\(number)"
    }
    return name
  }
}
