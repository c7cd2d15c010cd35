import Tensors

/// Which channels of a network must be kept or removed together: a union-find over (value, axis, index).
///
/// Coupling is per index, because padding, slicing, concatenation and flattening shift indices. A set that contains a
/// blocked index cannot be removed.
public struct ChannelCoupling: Sendable {
  private var bases: [Slot: (base: Int, count: Int)] = [:]
  private var order: [Slot] = []
  private var parent: [Int] = []
  private var blockReasons: [Int: String] = [:]
  private var mentioned: Set<Slot> = []
  var unsettled: [AxisFactors] = []

  /// Why parts of the network cannot lose channels: node names with reasons, for the user.
  public private(set) var notes: [String] = []

  /// Starts with nothing coupled.
  public init() {}

  /// Couples every index of one axis with the same index of another; the extents must agree.
  public mutating func tie(_ a: Slot, _ b: Slot, count: Int) {
    let (baseA, baseB) = (base(of: a, count: count), base(of: b, count: count))
    for index in 0..<count { tie(baseA + index, baseB + index) }
  }

  /// Couples one index of an axis with extent `countA` with one index of another.
  public mutating func tie(_ a: Slot, _ indexA: Int, of countA: Int, _ b: Slot, _ indexB: Int, of countB: Int) {
    tie(element(a, indexA, of: countA), element(b, indexB, of: countB))
  }

  private mutating func tie(_ a: Int, _ b: Int) {
    let (first, second) = (root(a), root(b))
    if first == second { return }
    let (keep, drop) = first < second ? (first, second) : (second, first)
    parent[drop] = keep
    if let reason = blockReasons.removeValue(forKey: drop), blockReasons[keep] == nil { blockReasons[keep] = reason }
  }

  /// Forbids the removal of every index of an axis, and of everything coupled with it, and tells the user why.
  public mutating func block(_ slot: Slot, count: Int, reason: String) {
    keep(slot, count: count, reason: reason)
    if !notes.contains(reason) { notes.append(reason) }
  }

  /// Forbids the removal of every index of an axis that no one would think of removing, such as rows of pixels.
  mutating func keep(_ slot: Slot, count: Int, reason: String) {
    let base = base(of: slot, count: count)
    for index in 0..<count {
      let top = root(base + index)
      if blockReasons[top] == nil { blockReasons[top] = reason }
    }
  }

  /// Adds what one node says, and keeps the axes of which it says nothing.
  mutating func add(_ call: CouplingCall, of op: some ChannelCoupled) {
    mentioned = []
    op.couple(call, into: &self)
    for name in call.inputs + call.outputs where !name.isEmpty {
      guard let shape = call.shapes[name] else { continue }
      for (axis, extent) in shape.dimensions.enumerated() where !mentioned.contains(Slot(name, axis)) {
        keep(Slot(name, axis), count: extent, reason: "\(call.outputs[0]): nothing is known of axis \(axis) of \(name)")
      }
    }
  }

  /// Whether no index of an axis can be removed, as far as is known.
  mutating func isBlocked(_ slot: Slot, count: Int) -> Bool {
    let base = base(of: slot, count: count)
    return (0..<count).allSatisfy { blockReasons[root(base + $0)] != nil }
  }

  /// Says that the node at hand lets indices of an axis go, whether or not they are tied to others.
  public mutating func allow(_ slot: Slot) { mentioned.insert(slot) }

  /// The sets of coupled indices, in the order in which the network mentions them.
  public func sets() -> [CoupledSet] {
    var members: [Int: [CoupledSet.Member]] = [:]
    var roots: [Int] = []
    var copy = self
    for slot in order {
      let (base, count) = bases[slot]!
      for index in 0..<count {
        let top = copy.root(base + index)
        if members[top] == nil { roots.append(top) }
        members[top, default: []].append(CoupledSet.Member(slot: slot, index: index))
      }
    }
    return roots.map { CoupledSet(members: members[$0]!, blocked: blockReasons[$0]) }
  }

  private mutating func element(_ slot: Slot, _ index: Int, of count: Int) -> Int {
    precondition(index < count, "index \(index) of \(slot) with \(count) indices")
    return base(of: slot, count: count) + index
  }

  /// The element of an axis's first index; the others follow it.
  private mutating func base(of slot: Slot, count: Int) -> Int {
    allow(slot)
    if let entry = bases[slot] {
      precondition(entry.count == count, "\(slot) has \(entry.count) and \(count) indices")
      return entry.base
    }
    let base = parent.count
    bases[slot] = (base, count)
    order.append(slot)
    parent.append(contentsOf: base..<(base + count))
    return base
  }

  private mutating func root(_ element: Int) -> Int {
    var top = element
    while parent[top] != top { top = parent[top] }
    var walker = element
    while parent[walker] != top { (parent[walker], walker) = (top, parent[walker]) }
    return top
  }
}

/// Indices that are kept or removed together: one channel and everything that it drags along.
public struct CoupledSet: Sendable {
  /// One index of one axis.
  public struct Member: Hashable, Sendable {
    /// The axis.
    public var slot: Slot
    /// The index along it.
    public var index: Int
  }

  /// All indices of the set.
  public var members: [Member]
  /// Why the set cannot be removed; nil where it can.
  public var blocked: String?
}
