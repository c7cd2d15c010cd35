import Engine
import Tensors

/// How gradients become steps, with the usual numbers as defaults.
public enum Optimizer: Codable, Sendable, Equatable {
  /// Stochastic gradient descent: m = momentum m + g; w -= rate m, or rate (g + momentum m) with Nesterov.
  case sgd(momentum: Double = 0.9, nesterov: Bool = false)
  /// Adam (Kingma and Ba 2015); weight decay is added to the gradient.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  /// AdamW (Loshchilov and Hutter 2019); weight decay shrinks the weights directly.
  case adamw(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)

  /// The optimizers' names on the command line and in recipes, with a line each for help texts.
  public static let names: [(name: String, summary: String)] = [
    ("sgd", "stochastic gradient descent with momentum"),
    ("adam", "Adam, weight decay in the gradient"),
    ("adamw", "Adam with decoupled weight decay"),
  ]

  /// The optimizer of a name, with its usual numbers.
  /// - Throws: `PareError.usage` for an unknown name, listing those there are.
  public init(named name: String, momentum: Double = 0.9, nesterov: Bool = false) throws {
    switch name {
    case "sgd": self = .sgd(momentum: momentum, nesterov: nesterov)
    case "adam": self = .adam()
    case "adamw": self = .adamw()
    default:
      let names = Self.names.map(\.name).joined(separator: ", ")
      throw PareError(.usage, "there is no optimizer '\(name)'; choose one of \(names)")
    }
  }

  /// The optimizer's name.
  public var name: String {
    switch self {
    case .sgd: "sgd"
    case .adam: "adam"
    case .adamw: "adamw"
    }
  }

  /// The engine's rule.
  public var rule: UpdateRule {
    switch self {
    case .sgd(let momentum, let nesterov): .sgd(momentum: momentum, nesterov: nesterov)
    case .adam(let beta1, let beta2, let epsilon):
      .adam(beta1: beta1, beta2: beta2, epsilon: epsilon, decoupled: false)
    case .adamw(let beta1, let beta2, let epsilon):
      .adam(beta1: beta1, beta2: beta2, epsilon: epsilon, decoupled: true)
    }
  }

  /// Checks the numbers.
  /// - Throws: `PareError.usage` naming the one that is out of range.
  public func validate() throws {
    switch self {
    case .sgd(let momentum, let nesterov):
      guard (0..<1).contains(momentum) else { throw PareError(.usage, "momentum \(momentum) must be in 0 ..< 1") }
      guard !nesterov || momentum > 0 else { throw PareError(.usage, "Nesterov's step needs a momentum above 0") }
    case .adam(let beta1, let beta2, let epsilon), .adamw(let beta1, let beta2, let epsilon):
      guard (0..<1).contains(beta1), (0..<1).contains(beta2), epsilon > 0 else {
        throw PareError(.usage, "Adam's betas (\(beta1), \(beta2)) must be in 0 ..< 1 and epsilon (\(epsilon)) above 0")
      }
    }
  }
}
