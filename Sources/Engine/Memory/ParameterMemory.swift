import Graphs
import Tensors

/// The memory of a network's parameters in one canonical layout (row-major, as in ONNX), to which programs bind.
///
/// Trainable parameters come first and lie one behind the other, so that an optimizer can pass over them at once;
/// gradients and moments use the same offsets.
public final class ParameterMemory {
  /// Where a parameter lies.
  package struct Place {
    let offset: Int
    package let shape: Shape
    let dataType: DataType
    let role: ParameterRole
  }

  package let places: [String: Place]
  /// The parameters' names in memory order, trainable ones first.
  package let order: [String]
  /// The bytes of the trainable part.
  package let trainableBytes: Int
  private let memory: AlignedMemory
  /// Rises whenever values change, so that packed copies know when they are stale.
  package private(set) var version = 1
  /// Rises whenever running statistics alone change, on which no packed copy depends.
  package private(set) var statisticsVersion = 1
  /// Whether the values stay what they are as long as the memory lives.
  let isFixed: Bool
  /// Brings the values up to date where they are copies of another memory's: called before programs read them.
  var refresh: ((ParameterMemory) -> Void)?
  /// Whether the values are copies of another memory's: a sub-network's.
  var isView: Bool { refresh != nil }

  /// Copies a graph's parameters; coded ones are decoded.
  public convenience init(graph: Graph) { self.init(graph: graph, besides: []) }

  /// Copies a graph's parameters, which nobody will write to.
  convenience init(fixed graph: Graph) { self.init(graph: graph, besides: [], isFixed: true) }

  /// Copies a graph's parameters, and of further ones what training changes and no graph before them has.
  init(graph: Graph, besides others: [Graph], isFixed: Bool = false) {
    self.isFixed = isFixed
    var roles = graph.roles()
    var parameters = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.key, $0.value) })
    var names = Array(graph.parameters.keys)
    for other in others {
      let own = other.roles()
      for (name, parameter) in other.parameters where parameters[name] == nil {
        guard let role = own[name], role.isTrainable || role == .runningStatistic else { continue }
        (roles[name], parameters[name]) = (role, parameter)
        names.append(name)
      }
    }
    let trainable = names.filter { roles[$0]?.isTrainable == true }
    order = trainable + names.filter { roles[$0]?.isTrainable != true }
    var offset = 0
    var places: [String: Place] = [:]
    var boundary = 0
    for (index, name) in order.enumerated() {
      let parameter = parameters[name]!
      places[name] = Place(
        offset: offset, shape: parameter.shape, dataType: parameter.dataType, role: roles[name] ?? .constant)
      offset += AlignedMemory.padded(parameter.shape.count * parameter.dataType.size)
      if index < trainable.count { boundary = offset }
    }
    self.places = places
    trainableBytes = boundary
    memory = AlignedMemory(byteCount: offset)
    for name in order { write(parameters[name]!.tensor, to: name) }
  }

  /// The address of a parameter.
  package func pointer(to name: String) -> UnsafeMutableRawPointer { memory.base + places[name]!.offset }

  /// The trainable part as floats.
  var trainableBase: UnsafeMutablePointer<Float> { memory.floats }

  /// A parameter's value.
  public func tensor(_ name: String) -> Tensor {
    let place = places[name]!
    var tensor = Tensor(zeros: place.shape, dataType: place.dataType)
    tensor.withUnsafeMutableBytes { bytes in
      if let base = bytes.baseAddress { base.copyMemory(from: pointer(to: name), byteCount: bytes.count) }
    }
    return tensor
  }

  /// Replaces a parameter's value; shape and type must be those it has.
  package func write(_ tensor: Tensor, to name: String) {
    let place = places[name]!
    precondition(tensor.shape == place.shape && tensor.dataType == place.dataType, "\(name): \(tensor.shape)")
    tensor.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { pointer(to: name).copyMemory(from: base, byteCount: bytes.count) }
    }
    version += 1
  }

  /// Declares that values were changed in place.
  package func markChanged() { version += 1 }

  /// Declares that running statistics were changed in place.
  package func markStatisticsChanged() { statisticsVersion += 1 }
}
