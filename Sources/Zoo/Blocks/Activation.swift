import Graphs

/// What stands behind a layer.
enum Activation: Sendable {
  /// The layer's output as it is.
  case none
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// x times the logistic function of x (Ramachandran, Zoph, Le 2017, "Searching for activation functions").
  case swish
  /// x * relu6(x + 3) / 6 (Howard et al. 2019, "Searching for MobileNetV3", section 5.2).
  case hardSwish
}

extension GraphBuilder {
  /// The value behind an activation.
  func activated(_ x: Value, by activation: Activation) throws -> Value {
    switch activation {
    case .none: x
    case .relu: try relu(x)
    case .relu6: try relu6(x)
    case .swish: try silu(x)
    case .hardSwish: try hardSwish(x)
    }
  }
}
