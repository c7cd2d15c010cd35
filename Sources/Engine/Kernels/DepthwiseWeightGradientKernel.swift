import CKernels
import COneDNN

/// The gradient of a depthwise convolution by its weights in Pare's own kernel, where that is faster than oneDNN: measured
/// with AVX2, where a training step of EfficientNet-B0 lost a sixth of its time (`pare profile
/// "zoo:efficientnet_b0?form=cifar&width=0.5" --training --batch 128 --threads 1`); with AVX-512 it has not been, and
/// oneDNN stays. (Of the convolution itself and its gradient by the input, oneDNN's kernels were the faster ones.)
enum DepthwiseWeightGradientKernel {
  private static let implementation = "depthwise"
  private static let isFaster = String(cString: pk_cpu_level()) != "avx512"

  /// The form for a depthwise convolution in float32; none for others.
  static func form(_ spec: pdnn_conv_spec) -> [LayerForm] {
    guard spec.groups > 1, spec.groups == spec.c, spec.groups == spec.o else { return [] }
    return [LayerForm(name: implementation, isRule: isFaster) { plan(pk_window(spec)) }]
  }

  /// Inputs: dy and x, channels last; the result is row-major.
  private static func plan(_ window: pk_window) -> KernelPlan {
    var window = window
    return KernelPlan(
      inputLayouts: [.channelsLast, .channelsLast], outputLayouts: [.plain],
      scratchBytes: pk_depthwise_gradient_scratch(&window), implementation: implementation
    ) { [window] in
      var window = window
      return ClosureKernel {
        pk_depthwise_weight_gradient(&window, $0.input(1), $0.input(0), $0.output(), $0.scratch)
      }
    }
  }
}
