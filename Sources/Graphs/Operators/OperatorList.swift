/// Every operator that ONNX files can contain and Pare runs: one line each.
public enum OperatorList {
  /// The operators, in the order of the documentation.
  public static let onnx: [any ONNXOperator.Type] = [
    // Convolutions and products
    Convolution.self,
    // Normalization
    BatchNormalization.self,
    // Activations
    Relu.self,
    // Elementwise
    Add.self,
    Sub.self,
    Mul.self,
    Div.self,
    Sqrt.self,
    // Shapes
    Reshape.self,
    // Reductions
    ReduceSum.self,
    // Other
    Identity.self,
  ]

  /// The operator for an ONNX type; nil where Pare does not know it.
  public static func operatorType(for type: String) -> (any ONNXOperator.Type)? { byType[type] }

  private static let byType = Dictionary(uniqueKeysWithValues: onnx.map { ($0.kind, $0) })
}
