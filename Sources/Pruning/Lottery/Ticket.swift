import Engine
import Graphs
import Tensors
import Training

/// One ticket: which weights stay, and the network that its training starts from.
struct Ticket {
  /// Which weights stay.
  let masks: WeightMasks
  /// The network, before any training of the ticket.
  let start: Graph
  private let pruned: PrunedAction

  /// Makes a ticket.
  /// - Parameters:
  ///   - origin: the network where the search rewinds to.
  ///   - round: the round, which draws its own numbers.
  init(_ masks: WeightMasks, origin: Graph, configuration: LotteryConfiguration, round: Int) {
    self.masks = masks
    pruned = configuration.pruned
    var start = origin
    for (name, mask) in masks.kept {
      guard let parameter = origin.parameters[name] else { continue }
      let values = parameter.tensor.floats
      let fresh = Self.values(of: values, configuration, round: round, name: name)
      let out = pruned == .zero ? [Float](repeating: 0, count: values.count) : values
      let chosen = mask.withUnsafeBytes { keep in values.indices.map { keep[$0] == 0 ? out[$0] : fresh[$0] } }
      let tensor = Tensor(chosen, shape: parameter.shape)
      start.parameters[name] = .dense(parameter.dataType == .float32 ? tensor : tensor.cast(to: parameter.dataType))
    }
    self.start = start
  }

  /// What a layer's weights start from, if they stay.
  private static func values(
    of values: [Float], _ configuration: LotteryConfiguration, round: Int, name: String
  ) -> [Float] {
    var random = RandomScores.source(seed: configuration.seed &+ UInt64(round) &* 0x9E37_79B9, name: name)
    let deviation = deviation(of: values)
    func signed(_ sizes: [Float]) -> [Float] { zip(sizes, values).map { $1 < 0 ? -abs($0) : abs($0) } }
    switch configuration.survivors {
    case .rewind: return values
    case .redraw: return values.shuffled(using: &random)
    case .redrawSign: return signed(values.shuffled(using: &random))
    case .fresh: return Tensor.normal([values.count], deviation: deviation, from: &random).floats
    case .freshSign: return signed(Tensor.normal([values.count], deviation: deviation, from: &random).floats)
    case .constantSign: return signed([Float](repeating: Float(deviation), count: values.count))
    case .randomSign: return values.map { _ in Float(random.next() & 1 == 0 ? deviation : -deviation) }
    }
  }

  private static func deviation(of values: [Float]) -> Double {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0) { $0 + Double($1) } / count
    return (values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count).squareRoot()
  }

  /// Has a trainer leave the weights alone that are not part of the ticket. What it does after updates, it still does,
  /// before.
  func hold(in trainer: inout Trainer) {
    guard pruned == .initial else {
      trainer.masks = masks.kept
      return
    }
    let before = trainer.afterUpdate
    let untrained = masks.kept.map { name, mask in
      let values = start.parameters[name]!.tensor.floats
      let places = mask.withUnsafeBytes { keep in values.indices.filter { keep[$0] == 0 } }
      return (name: name, places: places.map { (index: $0, value: values[$0]) })
    }
    trainer.afterUpdate = { state in
      try before?(state)
      for (name, places) in untrained {
        let weights = state.memory.pointer(to: name).assumingMemoryBound(to: Float.self)
        for (index, value) in places { weights[index] = value }
      }
      state.memory.markChanged()
    }
  }
}
