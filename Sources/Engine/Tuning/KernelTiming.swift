import Tensors

/// Times kernels on zeros.
enum KernelTiming {
  /// A kernel must be this much faster than the one that runs otherwise, so that noise does not decide.
  private static let margin = 0.95
  /// How often each kernel is timed at most; slow ones are timed less often.
  private static let rounds = 9
  /// Seconds after which no further round begins.
  private static let patience = 0.05
  /// Layers whose operands take more than this share of the memory are not measured: whether the program fits at all is
  /// only known when it is planned.
  private static let memoryShare = 16

  /// Whether there is memory for a layer's operands beside the program.
  static func fits(_ request: KernelRequest) -> Bool {
    let inputBytes = request.inputs.reduce(0) { $0 + ($1?.byteCount ?? 0) }
    let bytes = request.outputs.reduce(inputBytes) { $0 + $1.shape.count * $1.dataType.size }
    return bytes <= MemoryLimit.byteCount / memoryShare
  }

  /// The index of the kernel to run, of which the first is the one that runs where none is clearly faster.
  static func fastest(_ seconds: [Double]) -> Int {
    seconds.indices.dropFirst().filter { seconds[$0] < margin * seconds[0] }.min { seconds[$0] < seconds[$1] } ?? 0
  }

  /// The shortest time of each plan's kernel, in turn, with parameters as they are and computed values of zero.
  ///
  /// - Parameter packsAnew: whether weights change before each run, as in training, so that packing them counts.
  static func leastSeconds(
    of plans: [KernelPlan], for request: KernelRequest, packsAnew: Bool = false
  ) throws -> [Double] {
    let kernels = try plans.map { try $0.make() }
    let inputs = request.inputs.enumerated().map { index, type in
      request.parameterNames[index] == nil ? type.map { AlignedMemory(byteCount: $0.byteCount) } : nil
    }
    let outputs = request.outputs.map { AlignedMemory(byteCount: $0.shape.count * $0.dataType.size) }
    let scratch = AlignedMemory(byteCount: plans.map(\.scratchBytes).max() ?? 0)
    let operands = Operands(
      inputs: request.inputs.indices.map { index in
        request.parameterNames[index].map(request.parameters.pointer) ?? inputs[index]?.base
      },
      outputs: outputs.map(\.base), scratch: scratch.base)
    for kernel in kernels {
      kernel.bind(operands)
      try kernel.run()
    }
    let clock = ContinuousClock()
    let started = clock.now
    var least = [Double](repeating: .infinity, count: plans.count)
    for round in 0..<rounds where round < 2 || started.duration(to: clock.now).seconds < patience {
      for (index, kernel) in kernels.enumerated() {
        if packsAnew { request.parameters.markChanged() }
        least[index] = min(least[index], try clock.measure { try kernel.run() }.seconds)
      }
    }
    return withExtendedLifetime((inputs, outputs)) { least }
  }
}
