import Yams

extension Yams.Node {
  /// The same with numbers as people write them: 0.9 for 9e-1, which readers of YAML 1.1 (PyYAML) take for a text.
  func withReadableNumbers() -> Yams.Node {
    switch self {
    case .scalar(var scalar):
      guard scalar.style == .plain || scalar.style == .any, scalar.string.contains("e"),
        let number = Double(scalar.string), number.isFinite
      else { return self }
      scalar.string = Self.readable(number)
      return .scalar(scalar)
    case .sequence(var sequence):
      for index in sequence.indices { sequence[index] = sequence[index].withReadableNumbers() }
      return .sequence(sequence)
    case .mapping(var mapping):
      for key in mapping.keys { mapping[key] = mapping[key]?.withReadableNumbers() }
      return .mapping(mapping)
    default: return self
    }
  }

  /// A power of ten only where the number is very large or small, and then behind a decimal point.
  private static func readable(_ number: Double) -> String {
    let parts = "\(number)".split(separator: "e")
    guard parts.count == 2, !parts[0].contains(".") else { return "\(number)" }
    return "\(parts[0]).0e\(parts[1])"
  }
}
