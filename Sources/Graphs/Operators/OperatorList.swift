/// Every operator that ONNX files can contain and Pare runs: one line each.
public enum OperatorList {
  /// The operators, in the order of the documentation.
  public static let onnx: [any ONNXOperator.Type] = [
    // Convolutions and products
    Convolution.self,
    TransposedConvolution.self,
    Gemm.self,
    MatMul.self,
    Einsum.self,
    // Pooling
    MaxPool.self,
    AveragePool.self,
    GlobalAveragePool.self,
    GlobalMaxPool.self,
    // Resampling
    Resize.self,
    DepthToSpace.self,
    SpaceToDepth.self,
    // Normalization
    BatchNormalization.self,
    LayerNormalization.self,
    InstanceNormalization.self,
    GroupNormalization.self,
    // Activations
    Relu.self,
    Clip.self,
    Sigmoid.self,
    HardSigmoid.self,
    HardSwish.self,
    Tanh.self,
    LeakyRelu.self,
    PRelu.self,
    Elu.self,
    Selu.self,
    Celu.self,
    ThresholdedRelu.self,
    Gelu.self,
    Softplus.self,
    Softsign.self,
    Mish.self,
    Swish.self,
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
    Pow.self,
    Mod.self,
    Erf.self,
    Sign.self,
    Floor.self,
    Ceil.self,
    Round.self,
    Reciprocal.self,
    Sum.self,
    Min.self,
    Max.self,
    // Logic
    Where.self,
    Equal.self,
    Greater.self,
    GreaterOrEqual.self,
    Less.self,
    LessOrEqual.self,
    And.self,
    Or.self,
    Xor.self,
    Not.self,
    // Shapes
    Reshape.self,
    Flatten.self,
    Squeeze.self,
    Unsqueeze.self,
    Transpose.self,
    Concat.self,
    AxisSplit.self,
    Slice.self,
    Pad.self,
    Gather.self,
    GatherND.self,
    ScatterND.self,
    ShapeOf.self,
    SizeOf.self,
    ConstantOfShape.self,
    Expand.self,
    NumberRange.self,
    // Quantization
    QuantizeLinear.self,
    DequantizeLinear.self,
    // Reductions
    ReduceSum.self,
    ReduceMean.self,
    ReduceMax.self,
    ReduceMin.self,
    ReduceProd.self,
    ReduceL1.self,
    ReduceL2.self,
    ReduceSumSquare.self,
    ReduceLogSum.self,
    ReduceLogSumExp.self,
    ArgMax.self,
    ArgMin.self,
    TopK.self,
    // Other
    Identity.self,
    Dropout.self,
    Cast.self,
    CastLike.self,
  ]

  /// The operator for an ONNX type; nil where Pare does not know it.
  public static func operatorType(for type: String) -> (any ONNXOperator.Type)? { byType[type] ?? former[type] }

  /// Types that later versions of the operator set have under another name.
  private static let former: [String: any ONNXOperator.Type] = ["Upsample": Resize.self]

  private static let byType = Dictionary(uniqueKeysWithValues: onnx.map { ($0.kind, $0) })
}
