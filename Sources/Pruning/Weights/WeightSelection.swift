import Tensors

/// Which layers give how many weights.
public enum WeightSelection: String, Codable, Sendable, CaseIterable {
  /// The same share of every layer.
  case uniform
  /// By one threshold: the lowest scores of all layers together.
  case global
  /// By measured sensitivity: the least predicted loss of accuracy for each weight.
  case sensitivity
}

/// Chooses the units that are set to zero.
struct WeightThreshold {
  /// How layers are compared.
  var selection: WeightSelection
  /// The share of each layer's weights that stays at least.
  var floor: Double
  /// The sparsity of each layer at the end, where layers differ, and that of all of them.
  var shares: (layers: [Double], all: Double)?

  /// One layer: its units, and a score for each; those that are zero already have -infinity.
  struct Layer {
    var units: WeightUnits
    var scores: [Double]
  }

  /// The masks of the sparsity asked for: of n weights the units with the lowest scores, of equal ones the first, as
  /// long as no more than ⌊sparsity · n⌉ weights are zero, so that less than one unit is missing. n counts a layer's weights
  /// or, with a global threshold, those of all layers.
  func masks(_ layers: [Layer], sparsity: Double) -> [[UInt8]] {
    var kept = layers.map { [UInt8](repeating: 1, count: $0.units.sizes.count) }
    if let shares {
      // On the way to the end all layers have come as far.
      let part = shares.all > 0 ? sparsity / shares.all : 1
      for index in layers.indices { choose([index], layers, shares.layers[index] * part, &kept) }
    } else if selection == .global {
      choose(Array(layers.indices), layers, sparsity, &kept)
    } else {
      for index in layers.indices { choose([index], layers, sparsity, &kept) }
    }
    return zip(layers, kept).map { layer, kept in layer.units.unitOf.map { kept[Int($0)] } }
  }

  /// The masks of N of M: in each group the `kept` units with the highest scores stay, of equal ones the last.
  static func masks(_ layer: Layer, keeping kept: Int) -> [UInt8] {
    let groupOf = layer.units.groupOf!
    var members: [[Int]] = Array(repeating: [], count: Int(groupOf.max() ?? -1) + 1)
    for (unit, group) in groupOf.enumerated() { members[Int(group)].append(unit) }
    var mask = [UInt8](repeating: 0, count: groupOf.count)
    for units in members {
      let order = units.sorted { (layer.scores[$0], $0) < (layer.scores[$1], $1) }
      for unit in order.suffix(kept) { mask[unit] = 1 }
    }
    return mask
  }

  private func choose(_ indices: [Int], _ layers: [Layer], _ sparsity: Double, _ kept: inout [[UInt8]]) {
    struct Unit {
      var score: Double
      var layer: Int32
      var index: Int32
    }
    var units: [Unit] = []
    for index in indices {
      units += layers[index].scores.enumerated().map { Unit(score: $1, layer: Int32(index), index: Int32($0)) }
    }
    units.sort { ($0.score, $0.layer, $0.index) < ($1.score, $1.layer, $1.index) }
    let all = indices.reduce(0) { $0 + layers[$1].units.unitOf.count }
    var left = Int((sparsity * Double(all)).rounded())
    var spare = Dictionary(
      uniqueKeysWithValues: indices.map { index in
        let count = layers[index].units.unitOf.count
        return (Int32(index), count - Int((floor * Double(count)).rounded(.up)))
      })
    for unit in units {
      let size = Int(layers[Int(unit.layer)].units.sizes[Int(unit.index)])
      guard size <= left else { break }
      guard size <= spare[unit.layer]! else { continue }
      kept[Int(unit.layer)][Int(unit.index)] = 0
      left -= size
      spare[unit.layer]! -= size
    }
  }
}
