import Tensors

/// Positions in ascending order, as bytes: before each position the number of places since the last one that are left
/// out, and at the end the number of places behind the last.
///
/// 255 stands for 255 places left out and no position: what is left of a longer gap follows. (Han, Mao, Dally 2016,
/// "Deep compression", section 2, has 5 or 8 bits for a gap, and a weight of zero where it is longer; here that filler
/// has no weight.)
struct Gaps {
  private static let filler: UInt8 = 255

  /// The gaps as bytes.
  private(set) var bytes: [UInt8] = []
  private var next = 0

  /// Starts at place 0.
  init() {}

  /// Adds a position behind the last one.
  mutating func append(_ position: Int) {
    var gap = position &- next
    while gap >= Int(Self.filler) {
      bytes.append(Self.filler)
      gap &-= Int(Self.filler)
    }
    bytes.append(UInt8(truncatingIfNeeded: gap))
    next = position &+ 1
  }

  /// Ends with the number of places.
  mutating func finish(places: Int) { append(places) }

  /// Takes gaps from a file.
  /// - Throws: `PareError.badInput` unless they lead over exactly so many places.
  init(_ bytes: [UInt8], places: Int) throws {
    self.bytes = bytes
    var place = 0
    for gap in bytes.dropLast() {
      place += Int(gap)
      guard place < places || (gap == Self.filler && place == places) else { throw Self.damaged }
      if gap != Self.filler { place += 1 }
    }
    guard let last = bytes.last, last != Self.filler, place + Int(last) == places else { throw Self.damaged }
  }

  private static let damaged = PareError(
    .badInput, "the positions of weights do not fit their shape; the file is damaged")

  /// How many positions there are.
  var count: Int { bytes.count { $0 != Self.filler } - 1 }

  /// Calls `body` with each position.
  func forEachPosition(_ body: (Int) -> Void) {
    var place = 0
    bytes.withUnsafeBufferPointer { bytes in
      for gap in bytes.dropLast() {
        place &+= Int(gap)
        guard gap != Self.filler else { continue }
        body(place)
        place &+= 1
      }
    }
  }
}
