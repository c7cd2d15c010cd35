import Datasets
import Tensors

/// Fills an objective's inputs from a batch.
struct ObjectiveFeed {
  let declarations: [ObjectiveInputs.Declaration]
  let teacher: (any TeacherSource)?

  /// Whether the teacher is asked at all.
  private var needsTeacher: Bool {
    declarations.contains { if case .teacher = $0.source { true } else { false } }
  }

  /// All inputs of a step: the batch's own, and those that the objective declared.
  func inputs(for batch: Batch, at moment: TrainingMoment) throws -> [String: Tensor] {
    var result = batch.inputs
    let taught = needsTeacher ? try teacher?.values(for: batch) ?? [:] : [:]
    for declaration in declarations {
      switch declaration.source {
      case .classTargets(let classes): result[declaration.name] = try Self.oneHot(batch, classes: classes)
      case .batchTarget(let name):
        guard let target = batch.targets[name] else {
          throw PareError(.badInput, "the data has no target \"\(name)\", which the loss needs")
        }
        result[declaration.name] = target
      case .teacher(let name): result[declaration.name] = taught[name]
      case .scalar(let value): result[declaration.name] = Tensor(scalar: Float(value(moment)))
      }
    }
    return result
  }

  /// Labels as rows with a single 1.
  static func oneHot(_ batch: Batch, classes: Int) throws -> Tensor {
    guard let labels = batch.labels else {
      throw PareError(.badInput, "the data has no labels, which the loss needs; give labelled data")
    }
    var target = Tensor(zeros: [batch.count, classes])
    try target.withUnsafeMutableBytes { bytes in
      let values = bytes.bindMemory(to: Float.self)
      for (row, label) in labels.integers.enumerated() {
        guard label >= 0, label < classes else {
          throw PareError(
            .badInput,
            "a label is \(label), but the network tells only \(classes) classes apart; give it as many outputs as the "
              + "data has classes")
        }
        values[row * classes + label] = 1
      }
    }
    return target
  }
}
