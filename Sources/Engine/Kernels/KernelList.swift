/// Every operator with a fast kernel: one line each. The rest runs its reference evaluation.
package enum KernelList {
  /// The providers.
  static let all: [any KernelProvider.Type] = [
    // Convolutions and products
    ConvolutionKernel.self,
    FusedConvolutionKernel.self,
    ConvolutionInputGradientKernel.self,
    ConvolutionWeightGradientKernel.self,
    GemmKernel.self,
    MatMulKernel.self,
    BatchedProductKernel.self,
    // Normalization
    BatchNormalizationKernel.self,
    BatchNormalizationTrainingKernel.self,
    BatchNormalizationGradientKernel.self,
    // Activations
    UnaryKernels.ReluKernel.self,
    UnaryKernels.ClipKernel.self,
    UnaryKernels.SigmoidKernel.self,
    UnaryKernels.HardSigmoidKernel.self,
    UnaryKernels.HardSwishKernel.self,
    UnaryKernels.TanhKernel.self,
    UnaryKernels.ExpKernel.self,
    UnaryKernels.LogKernel.self,
    UnaryKernels.SqrtKernel.self,
    UnaryKernels.NegKernel.self,
    UnaryKernels.AbsKernel.self,
    UnaryKernels.ReluGradientKernel.self,
    UnaryKernels.ClipGradientKernel.self,
    UnaryKernels.SigmoidGradientKernel.self,
    UnaryKernels.HardSigmoidGradientKernel.self,
    UnaryKernels.HardSwishGradientKernel.self,
    UnaryKernels.TanhGradientKernel.self,
    UnaryKernels.AbsGradientKernel.self,
    SoftmaxKernels.SoftmaxKernel.self,
    SoftmaxKernels.LogSoftmaxKernel.self,
    SoftmaxKernels.SoftmaxGradientKernel.self,
    SoftmaxKernels.LogSoftmaxGradientKernel.self,
    // Elementwise
    BinaryKernels.AddKernel.self,
    BinaryKernels.SubKernel.self,
    BinaryKernels.MulKernel.self,
    BinaryKernels.DivKernel.self,
    // Pooling
    PoolingKernels.MaxPoolKernel.self,
    PoolingKernels.MaxPoolGradientKernel.self,
    PoolingKernels.AveragePoolKernel.self,
    PoolingKernels.AveragePoolGradientKernel.self,
    PoolingKernels.GlobalAveragePoolKernel.self,
    // Reductions
    ReductionKernels.SumKernel.self,
    ReductionKernels.MeanKernel.self,
    // Shapes
    AliasKernels.ReshapeKernel.self,
    AliasKernels.FlattenKernel.self,
    AliasKernels.SqueezeKernel.self,
    AliasKernels.UnsqueezeKernel.self,
    AliasKernels.IdentityKernel.self,
    AliasKernels.DropoutKernel.self,
    DropoutTrainingKernel.self,
    SliceKernel.self,
    SliceGradientKernel.self,
    PadKernel.self,
    ConcatKernel.self,
    TransposeKernel.self,
    ExpandKernel.self,
    GatherKernel.self,
    // Quantization
    QuantizeLinearKernel.self,
    DequantizeLinearKernel.self,
    QuantizedConvolutionKernel.self,
  ]

  /// Whether an operator has a fast kernel, at least for its usual forms.
  package static func hasKernel(for kind: String) -> Bool { byKind[kind] != nil }

  static let byKind = Dictionary(uniqueKeysWithValues: all.map { ($0.kind, $0) })
}
