import Tensors

/// The augmentation policies there are; a new one is a file and a line here.
public enum AugmentationPolicies {
  /// Every policy.
  public static let all: [any AugmentationPolicy.Type] = [NoAugmentation.self, CropFlip.self, Shift.self]

  /// The policy of a name, with its usual numbers.
  /// - Throws: `PareError.usage` for an unknown name, listing those there are.
  public static func named(_ name: String) throws -> any AugmentationPolicy {
    guard let policy = all.first(where: { $0.identifier == name }) else {
      let names = all.map { $0.identifier }.joined(separator: ", ")
      throw PareError(.usage, "there is no augmentation '\(name)'; choose one of \(names)")
    }
    return policy.init()
  }
}
