/// Every operator that ONNX files can contain and Pare runs: one line each.
public enum OperatorList {
  /// The operators, in the order of the documentation.
  public static let onnx: [any ONNXOperator.Type] = [
    // Convolutions and products
    Convolution.self,
    Gemm.self,
    MatMul.self,
    // Pooling
    MaxPool.self,
    AveragePool.self,
    GlobalAveragePool.self,
    // Normalization
    BatchNormalization.self,
    // Activations
    Relu.self,
    Clip.self,
    Sigmoid.self,
    HardSigmoid.self,
    HardSwish.self,
    Tanh.self,
    Softmax.self,
    LogSoftmax.self,
    // Elementwise
    Add.self,
    Sub.self,
    Mul.self,
    Div.self,
    Sqrt.self,
    Exp.self,
    Log.self,
    Neg.self,
    Abs.self,
    // Shapes
    Reshape.self,
    Flatten.self,
    Squeeze.self,
    Unsqueeze.self,
    Transpose.self,
    Concat.self,
    Slice.self,
    Pad.self,
    Gather.self,
    GatherND.self,
    ScatterND.self,
    ShapeOf.self,
    ConstantOfShape.self,
    // Quantization
    QuantizeLinear.self,
    DequantizeLinear.self,
    // Reductions
    ReduceSum.self,
    ReduceMean.self,
    // Other
    Identity.self,
    Dropout.self,
    Cast.self,
    CastLike.self,
  ]

  /// The operator for an ONNX type; nil where Pare does not know it.
  public static func operatorType(for type: String) -> (any ONNXOperator.Type)? { byType[type] }

  private static let byType = Dictionary(uniqueKeysWithValues: onnx.map { ($0.kind, $0) })
}
