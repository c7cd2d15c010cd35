extension Dimension {
  /// Whether both extents are the same for every batch size; nil where that depends on it.
  func isEqual(to other: Dimension) -> Bool? {
    switch (self, other) {
    case (.fixed(let a), .fixed(let b)): a == b
    case (.batch(let a), .batch(let b)): a == b
    case (.batch(let multiple), .fixed(let extent)), (.fixed(let extent), .batch(let multiple)):
      // k·N is at least k.
      multiple > 0 && extent < multiple ? false : nil
    }
  }

  /// Whether this extent is smaller than another for every batch size; nil where that depends on it.
  func isLess(than other: Dimension) -> Bool? {
    switch (self, other) {
    case (.fixed(let a), .fixed(let b)): a < b
    case (.batch(let a), .batch(let b)): a < b
    case (.batch(let multiple), .fixed(let extent)): multiple > 0 && extent <= multiple ? false : nil
    case (.fixed(let extent), .batch(let multiple)): extent < multiple ? true : nil
    }
  }
}
