import Graphs
import Tensors

/// Where the host takes an objective's input from, at each step.
public enum ObjectiveSource: Sendable {
  /// The labels as a distribution over classes: batch x classes, 1 at the label.
  case classTargets(classes: Int)
  /// A target of the batch by name.
  case batchTarget(String)
  /// A value that the teacher computes on the same batch.
  case teacher(String)
  /// A number, which may change from step to step.
  case scalar(@Sendable (TrainingMoment) -> Double)
}

/// When a step takes place.
public struct TrainingMoment: Sendable, Equatable {
  /// The update's number, from 0.
  public var update: Int
  /// How many updates the whole training makes.
  public var updates: Int
  /// The epoch, from 0.
  public var epoch: Int

  /// Makes a moment.
  public init(update: Int, updates: Int, epoch: Int = 0) {
    self.update = update
    self.updates = updates
    self.epoch = epoch
  }

  /// The share of the training that is done: 0 at the first update, below 1 at the last.
  public var fraction: Double { updates > 0 ? Double(update) / Double(updates) : 0 }
}

/// Declares and collects what an objective reads besides the network's outputs. Confined to the building of one program.
public final class ObjectiveInputs {
  /// One input of the training graph.
  struct Declaration {
    let name: String
    let source: ObjectiveSource
  }

  /// The declarations in order.
  private(set) var declarations: [Declaration] = []
  /// Parts of the loss that are reported by name.
  private(set) var reports: [(name: String, value: Value)] = []
  private var values: [String: Value] = [:]
  private let builder: GraphBuilder
  private let outputs: [(name: String, value: Value)]
  private let teacherShapes: [String: ValueShape]?

  init(
    builder: GraphBuilder, outputs: [(name: String, value: Value)], teacherShapes: [String: ValueShape]?
  ) {
    self.builder = builder
    self.outputs = outputs
    self.teacherShapes = teacherShapes
  }

  /// An output's scores before any Softmax, batch x classes: the first output where none is named.
  /// - Throws: `PareError.usage` where there is no such output, `PareError.badInput` where it is not one score a class.
  public func logits(of output: String? = nil) throws -> Value {
    guard let found = output.map({ name in outputs.first { $0.name == name } }) ?? outputs.first else {
      throw PareError(.usage, "the network has no output \"\(output ?? "")\" to train on")
    }
    let shape = try builder.shape(of: found.value)
    if shape.rank == 2 { return found.value }
    guard shape.rank > 2, shape.dimensions.dropFirst(2).allSatisfy({ $0.fixedExtent == 1 }) else {
      throw PareError(
        .badInput, "output \"\(found.name)\" is \(shape): not one score a class, so no loss on classes can be computed")
    }
    return try builder.flattened(found.value)
  }

  /// A value inside the network.
  /// - Throws: `PareError.usage` where the network has no value of that name.
  public func feature(_ name: String) throws -> Value {
    guard builder.facts[name] != nil else { throw PareError(.usage, "the network has no value \"\(name)\"") }
    return Value(name)
  }

  /// The labels of the batch as a distribution over as many classes as `logits` has.
  /// - Throws: `PareError.badInput` where the number of classes is unknown.
  public func classTargets(like logits: Value) throws -> Value {
    let classes = try builder.extent(of: logits, axis: 1)
    return declare("target\(classes)", [.batch, .fixed(classes)], .classTargets(classes: classes))
  }

  /// A target of the batch by name, such as a regression's.
  public func batchTarget(_ name: String, shape: ValueShape) -> Value {
    declare("target.\(name)", shape, .batchTarget(name))
  }

  /// A value that the teacher computes: `logits`, or a feature that the teacher was asked for.
  /// - Throws: `PareError.usage` where there is no teacher, or it has no such value.
  public func teacher(_ name: String) throws -> Value {
    guard let teacherShapes else { throw PareError(.usage, "this loss needs a teacher; name one") }
    guard let shape = teacherShapes[name] else {
      throw PareError(
        .usage, "the teacher gives no \"\(name)\"; it gives \(teacherShapes.keys.sorted().joined(separator: ", "))")
    }
    return declare("teacher.\(name)", shape, .teacher(name))
  }

  /// A number that stays the same throughout, without being compiled into the program.
  public func scalar(_ name: String, _ value: Double) -> Value { scalar(name) { _ in value } }

  /// A number that changes from step to step. Two objectives that declare the same name share the first one's value.
  public func scalar(_ name: String, _ value: @escaping @Sendable (TrainingMoment) -> Double) -> Value {
    declare(name, [], .scalar(value))
  }

  /// Has a part of the loss, a scalar, reported in `TrainingProgress.parts` and the records of epochs.
  public func report(_ name: String, _ value: Value) { reports.append((name, value)) }

  private func declare(_ name: String, _ shape: ValueShape, _ source: ObjectiveSource) -> Value {
    if let known = values[name] { return known }
    let value = builder.input("objective.\(name)", shape: shape)
    values[name] = value
    declarations.append(Declaration(name: value.name, source: source))
    return value
  }
}
