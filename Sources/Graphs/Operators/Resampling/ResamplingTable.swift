/// Which elements along an axis make each new element, and with what weights: a sparse matrix, row by row.
package struct ResamplingTable: Sendable, Hashable {
  /// The number of elements that are read.
  package let input: Int
  /// For each new element the place of its first entry, and the number of entries at the end.
  package private(set) var starts: [Int] = [0]
  /// The elements that are read.
  package private(set) var sources: [Int] = []
  /// Their weights.
  package private(set) var weights: [Double] = []
  /// The new elements that lie outside the region that is resampled; they have no entries.
  package private(set) var outside: Set<Int> = []

  /// The number of new elements.
  package var output: Int { starts.count - 1 }

  /// A table without rows over so many elements.
  init(input: Int) { self.input = input }

  /// Adds a new element made of these.
  mutating func append(_ entries: [(source: Int, weight: Double)]) {
    sources += entries.map(\.source)
    weights += entries.map(\.weight)
    starts.append(sources.count)
  }

  /// Adds a new element that lies outside.
  mutating func appendOutside() {
    outside.insert(output)
    starts.append(sources.count)
  }

  /// The element that each new one is a copy of, -1 for those outside; nil where elements are mixed.
  package var copies: [Int]? {
    guard weights.allSatisfy({ $0 == 1 }) else { return nil }
    let counts = zip(starts, starts.dropFirst()).map { $1 - $0 }
    guard counts.allSatisfy({ $0 <= 1 }) else { return nil }
    return (0..<output).map { counts[$0] == 1 ? sources[starts[$0]] : -1 }
  }

  /// The table that hands the new elements' gradients back to the elements they were made of.
  package var transposed: ResamplingTable {
    var rows = [[(source: Int, weight: Double)]](repeating: [], count: input)
    for row in 0..<output {
      for entry in starts[row]..<starts[row + 1] { rows[sources[entry]].append((row, weights[entry])) }
    }
    var result = ResamplingTable(input: output)
    for row in rows { result.append(row) }
    return result
  }

  /// Values resampled along an axis with so many elements in front of and behind it.
  func applied(to values: [Double], outer: Int, inner: Int) -> [Double] {
    var result = [Double](repeating: 0, count: outer * output * inner)
    for block in 0..<outer {
      for row in 0..<output {
        let target = (block * output + row) * inner
        for entry in starts[row]..<starts[row + 1] {
          let source = (block * input + sources[entry]) * inner
          for place in 0..<inner { result[target + place] += weights[entry] * values[source + place] }
        }
      }
    }
    return result
  }
}
