import Tensors

/// Every method of factorization: one line each.
public enum FactorizationMethods {
  /// The methods.
  public static let all: [any FactorizationMethod.Type] = [DepthwiseSeparable.self]

  /// The method of a name.
  /// - Throws: `PareError.usage` for an unknown name, listing those there are.
  public static func named(_ name: String) throws -> any FactorizationMethod.Type {
    guard let method = all.first(where: { $0.identifier == name }) else {
      let known = all.map { $0.identifier }.joined(separator: ", ")
      throw PareError(.usage, "there is no factorization \"\(name)\"; there are \(known)")
    }
    return method
  }
}
