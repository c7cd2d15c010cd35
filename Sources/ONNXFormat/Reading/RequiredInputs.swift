/// How many inputs must be there, so that a damaged node is refused before its shape rule reads what is not there.
enum RequiredInputs {
  /// The number of leading inputs that operators of this type must have, in every opset from 7 on.
  static func count(of type: String) -> Int {
    for (count, types) in byCount where types.contains(type) { return count }
    return withoutInputs.contains(type) ? 0 : 1
  }

  private static let withoutInputs: Set = ["Constant", "RandomNormal", "RandomUniform"]

  private static let byCount: [(Int, Set<String>)] = [
    (
      2,
      [
        "Add", "And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "CastLike", "Compress", "Conv",
        "ConvInteger", "ConvTranspose", "CumSum", "DequantizeLinear", "Div", "Equal", "Expand", "Gather",
        "GatherElements", "GatherND", "Gemm", "Greater", "GreaterOrEqual", "GridSample", "LayerNormalization", "Less",
        "LessOrEqual", "MatMul", "MatMulInteger", "Mod", "Mul", "Or", "PRelu", "Pow", "QuantizeLinear",
        "RMSNormalization", "Reshape", "Sub", "Tile", "Xor",
      ]
    ),
    (
      3,
      [
        "Attention", "GroupNormalization", "InstanceNormalization", "OneHot", "Range", "RotaryEmbedding",
        "ScatterElements", "ScatterND", "Where",
      ]
    ),
    (5, ["BatchNormalization"]),
    (8, ["QLinearConv", "QLinearMatMul"]),
  ]
}
