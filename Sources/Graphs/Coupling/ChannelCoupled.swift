import Tensors

/// An operator that says which indices of its inputs, parameters and outputs must be kept or removed together.
///
/// An operator that does not adopt this blocks the removal of channels across it; nothing breaks.
public protocol ChannelCoupled: Operator {
  /// Declares the ties between indices. `call` knows names and shapes; axes that are not declared are not removable.
  func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling)

  /// The operator after the removal of indices: attributes that hold channel counts or offsets are adjusted.
  /// - Throws: `PareError.internalFault` where the kept indices cannot be expressed.
  func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator
}

extension ChannelCoupled {
  /// Most operators hold no channel counts.
  public func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator { self }
}

/// One axis of a value or parameter.
public struct Slot: Hashable, Sendable {
  /// The value's or parameter's name.
  public var value: String
  /// The axis.
  public var axis: Int

  /// Names an axis.
  public init(_ value: String, _ axis: Int) {
    self.value = value
    self.axis = axis
  }
}

/// One node in the eyes of its coupling rule.
public struct CouplingCall: Sendable {
  /// The names of inputs ("" where absent) and outputs.
  public let inputs: [String]
  /// The names of the outputs.
  public let outputs: [String]
  /// The shapes for a batch of 1.
  public let shapes: [String: Shape]
  /// The names that are parameters, or computed from parameters alone (dequantized weights).
  public let parameters: Set<String>

  /// The shape of an input; nil where absent or unknown.
  public func inputShape(_ index: Int) -> Shape? { index < inputs.count ? shapes[inputs[index]] : nil }
  /// The shape of an output.
  public func outputShape(_ index: Int = 0) -> Shape { shapes[outputs[index]]! }
  /// An axis of an input.
  public func input(_ index: Int, axis: Int) -> Slot { Slot(inputs[index], axis) }
  /// An axis of an output.
  public func output(_ index: Int = 0, axis: Int) -> Slot { Slot(outputs[index], axis) }
}

/// Which indices of each axis survive a removal; axes that are not in it are whole.
public struct KeptIndices: Sendable {
  /// The kept indices in rising order, by axis.
  public var indices: [Slot: [Int]]

  /// Makes a table.
  public init(_ indices: [Slot: [Int]] = [:]) { self.indices = indices }

  /// The kept indices of an axis; nil where it is whole.
  public subscript(slot: Slot) -> [Int]? { indices[slot] }

  /// How many indices an axis keeps, given how many it has.
  public func count(of slot: Slot, original: Int) -> Int { indices[slot]?.count ?? original }
}
