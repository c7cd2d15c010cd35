import Tensors

/// Every loss that learns from a teacher: one line each.
public enum DistillationLosses {
  /// The losses, in the order of the documentation.
  public static let all: [any DistillationLoss.Type] = [
    LogitsDistillation.self
  ]

  /// The loss of a name.
  /// - Throws: `PareError.usage` naming the losses that there are.
  public static func type(named name: String) throws -> any DistillationLoss.Type {
    guard let type = all.first(where: { $0.identifier == name }) else {
      let known = all.map { $0.identifier }.joined(separator: ", ")
      throw PareError(.usage, "there is no distillation loss \"\(name)\"; there are \(known)")
    }
    return type
  }
}
