import Graphs
import Tensors

/// A way to replace a layer by several smaller ones, one behind the other, that together do nearly the same.
///
/// Adding one: a new file in this folder and a line in `FactorizationMethods`.
public protocol FactorizationMethod: Sendable {
  /// The name on the command line and in recipes, such as `depthwise-separable`.
  static var identifier: String { get }
  /// One line for help texts.
  static var summary: String { get }
  /// What of a layer's parameters and multiply-accumulates should be left, as a formula.
  static var ratioFormula: String { get }

  /// Makes the method with the numbers that it takes from a configuration.
  /// - Throws: `PareError.usage` for a number that makes no sense.
  init(_ configuration: FactorizationConfiguration) throws

  /// Whether a node is of the kind that the method is about. Others are passed over in silence.
  func isAbout(_ op: any Operator) -> Bool

  /// Why a layer of the kind stays as it is; nil where it can be replaced.
  func obstacle(to layer: FactorizableLayer) -> String?

  /// What takes the place of a layer to which there is no obstacle.
  /// - Throws: `PareError.internalFault` for a layer that is not of the kind.
  func factors(of layer: FactorizableLayer) throws -> LayerFactors
}

/// A layer in the eyes of a method: an operator with a parameter as its weights (input 1).
public struct FactorizableLayer: Sendable {
  /// The layer's name.
  public let name: String
  /// What it computes.
  public let op: any Operator
  /// Its weights, all of them finite.
  public let weights: Tensor
}

/// What takes the place of a layer.
public struct LayerFactors: Sendable {
  /// One of the layers: its operator, its weights, and what is appended to the replaced layer's name.
  public struct Factor: Sendable {
    /// What is appended to the names of the replaced node and its weights.
    public var suffix: String
    /// What it computes, from the value before it and its weights.
    public var op: any Operator
    /// Its weights.
    public var weights: Tensor

    /// Makes a factor.
    public init(_ suffix: String, _ op: any Operator, _ weights: Tensor) {
      self.suffix = suffix
      self.op = op
      self.weights = weights
    }
  }

  /// The layers, the first of which reads what the replaced one read; the last gets its bias.
  public var factors: [Factor]
  /// The Euclidean norm of what the factors' product, as stored, misses of the weights.
  public var residual: Double
  /// The share of the weights' parameters that should be left.
  public var expectedRatio: Double

  /// Puts factors together.
  public init(factors: [Factor], residual: Double, expectedRatio: Double) {
    self.factors = factors
    self.residual = residual
    self.expectedRatio = expectedRatio
  }
}
