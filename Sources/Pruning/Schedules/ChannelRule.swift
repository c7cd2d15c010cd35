import Engine
import Graphs
import Tensors

/// Which channels are zero while a network is trained before they are removed: a share of those that each group is to lose.
///
/// A channel that is trained again has to keep its normalisation, or nothing would ever reach it: He et al. 2018 set the
/// filters alone to zero. One that stays zero loses its bias and its normalisation as well, so that it carries exactly 0.
struct ChannelRule: MaskRule {
  /// The network that is trained.
  let model: Model
  /// How its channels are ranked.
  let ranking: ChannelRanking
  /// How many channels each group loses in the end, by its name.
  let losses: [String: Int]
  /// Whether a channel's bias and normalisation become zero with its filters.
  let silences: Bool

  func evidence() -> AccumulatedEvidence? { nil }

  /// The masks of a share of the channels that go, 0 to 1.
  func masks(
    sparsity: Double, masked: [String: Tensor], given evidence: [String: [Double]], in state: TrainingState
  ) throws -> WeightMasks {
    var current = model
    current.graph = state.graph(model.graph)
    let context = try ranking.context(of: current)
    let places = silenced(by: masked, in: context)
    let chosen = try ranking.groups(in: context).flatMap { group -> [CoupledSet] in
      guard let loss = losses[group.name] else { return [] }
      let gone = group.order.filter { $0.lies(on: places) }
      let count = max(gone.count, Int((sparsity * Double(loss)).rounded()))
      return Array((gone + group.order.filter { !$0.lies(on: places) }).prefix(count))
    }
    return masks(of: chosen, in: context)
  }

  /// The channels that masks hold at zero, by group.
  func silenced(by masks: [String: Tensor], of groups: [PrunableGroup], in model: Model) throws -> [[CoupledSet]] {
    let places = silenced(by: masks, in: try PruningContext(model.graph))
    return groups.map { group in group.order.filter { $0.lies(on: places) } }
  }

  /// The masks under which channels make nothing: zeros along the output axes of their layers.
  private func masks(of channels: [CoupledSet], in context: PruningContext) -> WeightMasks {
    var kept: [String: Tensor] = [:]
    let places = Dictionary(grouping: channels.flatMap(\.members), by: \.slot)
    for (slot, members) in places where context.trainable.contains(slot.value) {
      let shape = context.graph.parameters[slot.value]!.shape
      let isFilter = context.outputAxes[slot.value] == slot.axis
      guard isFilter || silences && shape.rank == 1 else { continue }
      let gone = Set(members.map(\.index))
      let inner = shape.dimensions[(slot.axis + 1)...].reduce(1, *)
      let extent = shape[slot.axis]
      kept[slot.value] = Tensor(
        (0..<shape.count).map { gone.contains($0 / inner % extent) ? UInt8(0) : 1 }, shape: shape)
    }
    return WeightMasks(kept)
  }

  /// The channels along the output axes of layers whose filters masks hold at zero.
  private func silenced(by masks: [String: Tensor], in context: PruningContext) -> [Slot: Set<Int>] {
    var silenced: [Slot: Set<Int>] = [:]
    for (name, mask) in masks {
      guard let axis = context.outputAxes[name] else { continue }
      let inner = mask.shape.dimensions[(axis + 1)...].reduce(1, *)
      let extent = mask.shape[axis]
      var left = Set<Int>()
      mask.withUnsafeBytes { bytes in
        for index in bytes.indices where bytes[index] != 0 { left.insert(index / inner % extent) }
      }
      silenced[Slot(name, axis)] = Set(0..<extent).subtracting(left)
    }
    return silenced
  }
}

extension PruningContext {
  /// Whether a layer makes a channel whose filter is trained, and can therefore be held at zero.
  func canSilence(_ channel: CoupledSet) -> Bool {
    channel.members.contains { outputAxes[$0.slot.value] == $0.slot.axis && trainable.contains($0.slot.value) }
  }
}

extension CoupledSet {
  /// Whether it lies on one of these places.
  fileprivate func lies(on places: [Slot: Set<Int>]) -> Bool {
    members.contains { places[$0.slot]?.contains($0.index) ?? false }
  }
}
