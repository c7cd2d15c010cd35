import CKernels
import Graphs
import Tensors

/// Everything that a training changes: parameters, gradients, the optimizer's moments, running statistics.
///
/// It owns them in one canonical layout; programs at any batch size bind to it. Confined to its trainer: `snapshot` and
/// `load` are the only ways to and from tensors.
public final class TrainingState {
  /// The parameters' memory, to which programs bind.
  public let memory: ParameterMemory
  /// How many updates have been made.
  public private(set) var updates = 0
  package let gradients: AlignedMemory
  private var moments: [AlignedMemory] = []
  private var keptWeights: [String: Tensor] = [:]

  /// Starts from a graph's parameters.
  /// - Parameter subnetworks: networks that share them; what they alone have (statistics of their own, say) is added.
  public init(graph: Graph, subnetworks: [Subnetwork] = []) {
    memory = ParameterMemory(graph: graph, besides: subnetworks.map(\.graph))
    gradients = AlignedMemory(byteCount: memory.trainableBytes)
  }

  /// The names of the trainable parameters, in memory order.
  public var trainable: [String] {
    memory.order.filter { memory.places[$0]!.role.isTrainable && isInTrainablePart($0) }
  }

  private func isInTrainablePart(_ name: String) -> Bool { memory.places[name]!.offset < memory.trainableBytes }

  /// The number of floats of the trainable part, gaps included.
  var trainableFloats: Int { memory.trainableBytes / 4 }

  /// The optimizer's moment buffers, made at first use.
  func momentBuffers(_ count: Int) -> [AlignedMemory] {
    while moments.count < count { moments.append(AlignedMemory(byteCount: memory.trainableBytes)) }
    return moments
  }

  func countUpdate() {
    updates += 1
    memory.markChanged()
  }

  /// Where a parameter's gradient lies.
  package func gradientAddress(_ name: String) -> UnsafeMutableRawPointer {
    gradients.base + memory.places[name]!.offset
  }

  /// A parameter's gradient after the last gradient program.
  public func gradient(_ name: String) -> Tensor { read(gradients, name) }

  /// The Euclidean norm of all gradients together, those of weights that are held at zero left out.
  public func gradientNorm(on engine: Engine) throws -> Double {
    try engine.run {
      maskGradients()
      return pk_sum_of_squares(Int64(trainableFloats), gradients.floats).squareRoot()
    }
  }

  /// Sets all gradients to zero.
  public func clearGradients(on engine: Engine) throws {
    try engine.run { pk_fill(Int64(trainableFloats), 0, gradients.floats) }
  }

  /// The weights that are not held at zero: a byte for each element of a parameter, 0 where it is held.
  public var masks: [String: Tensor] { keptWeights }

  /// Holds weights at zero from now on, in place of those that were held: they, their moments and their gradients are
  /// exactly 0, whatever optimizer, decay and momentum do.
  ///
  /// - Parameter masks: for trainable parameters by name a uint8 tensor of the parameter's shape, 0 where it is held.
  /// - Throws: `PareError.badInput` where there is no such parameter or its shape differs.
  public func setMasks(_ masks: [String: Tensor], on engine: Engine) throws {
    for (name, mask) in masks {
      guard let place = memory.places[name], place.role.isTrainable, isInTrainablePart(name) else {
        throw PareError(.badInput, "\(name) is to be held at zero, but it is not trained")
      }
      guard mask.shape == place.shape, mask.dataType == .uint8 else {
        throw PareError(
          .badInput, "the mask of \(name) is \(mask.dataType.rawValue) \(mask.shape), not uint8 \(place.shape)")
      }
    }
    keptWeights = masks
    try engine.run {
      mask(memory.trainableBase)
      for moment in moments { mask(moment.floats) }
    }
    memory.markChanged()
  }

  /// Sets the gradients of weights that are held at zero to zero; called on the engine's thread.
  func maskGradients() { mask(gradients.floats) }

  private func mask(_ buffer: UnsafeMutablePointer<Float>) {
    for (name, mask) in keptWeights {
      mask.withUnsafeBytes { keep in
        guard let base = keep.bindMemory(to: UInt8.self).baseAddress else { return }
        pk_mask(Int64(keep.count), base, buffer + memory.places[name]!.offset / 4)
      }
    }
  }

  /// Everything as tensors.
  public func snapshot() -> TrainingSnapshot {
    let names = trainable
    return TrainingSnapshot(
      parameters: Dictionary(uniqueKeysWithValues: memory.order.map { ($0, memory.tensor($0)) }),
      moments: moments.map { buffer in
        Dictionary(uniqueKeysWithValues: names.map { ($0, read(buffer, $0)) })
      }, updates: updates, masks: keptWeights)
  }

  /// Takes everything from tensors; parameters that the snapshot lacks stay as they are.
  /// - Throws: `PareError.badInput` where a shape or type differs.
  public func load(_ snapshot: TrainingSnapshot) throws {
    for (name, tensor) in snapshot.parameters {
      guard let place = memory.places[name] else { continue }
      guard place.shape == tensor.shape, place.dataType == tensor.dataType else {
        throw PareError(.badInput, "\(name) is \(place.shape) here and \(tensor.shape) in the checkpoint")
      }
      memory.write(tensor, to: name)
    }
    let buffers = momentBuffers(snapshot.moments.count)
    for (buffer, tensors) in zip(buffers, snapshot.moments) {
      for (name, tensor) in tensors where memory.places[name] != nil {
        let target = buffer.base + memory.places[name]!.offset
        tensor.withUnsafeBytes { target.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
      }
    }
    updates = snapshot.updates
    keptWeights = snapshot.masks.filter { name, mask in memory.places[name]?.shape == mask.shape }
  }

  /// The graph with the parameters as they are now.
  public func graph(_ graph: Graph) -> Graph {
    var result = graph
    for name in graph.parameters.keys where memory.places[name] != nil {
      let role = memory.places[name]!.role
      if role.isTrainable || role == .runningStatistic { result.parameters[name] = .dense(memory.tensor(name)) }
    }
    return result
  }

  private func read(_ buffer: AlignedMemory, _ name: String) -> Tensor {
    let place = memory.places[name]!
    var tensor = Tensor(zeros: place.shape, dataType: place.dataType)
    tensor.withUnsafeMutableBytes { bytes in
      if let base = bytes.baseAddress { base.copyMemory(from: buffer.base + place.offset, byteCount: bytes.count) }
    }
    return tensor
  }
}

/// A training's state as tensors: what checkpoints hold.
public struct TrainingSnapshot: Sendable {
  /// Every parameter by name.
  public var parameters: [String: Tensor]
  /// The optimizer's moments, each by parameter name.
  public var moments: [[String: Tensor]]
  /// How many updates were made.
  public var updates: Int
  /// The weights that are not held at zero, as `TrainingState.masks`.
  public var masks: [String: Tensor]

  /// Makes a snapshot.
  public init(
    parameters: [String: Tensor], moments: [[String: Tensor]], updates: Int, masks: [String: Tensor] = [:]
  ) {
    self.parameters = parameters
    self.moments = moments
    self.updates = updates
    self.masks = masks
  }
}
