import Graphs
import Tensors

/// One prepared operation of a program. Confined to the thread that runs the program.
package protocol Kernel: AnyObject {
  /// Takes the addresses of its operands; called once after planning, and again when a caller's buffer moves.
  func bind(_ operands: Operands)
  /// Computes the outputs.
  func run() throws
}

/// The addresses that a kernel works on.
package struct Operands {
  /// Inputs; nil where absent.
  var inputs: [UnsafeMutableRawPointer?]
  /// Outputs; nil where nobody reads them.
  var outputs: [UnsafeMutableRawPointer?]
  /// Memory for the duration of one run.
  var scratch: UnsafeMutableRawPointer

  func input(_ index: Int) -> UnsafeMutablePointer<Float> { inputs[index]!.assumingMemoryBound(to: Float.self) }
  func output(_ index: Int = 0) -> UnsafeMutablePointer<Float> { outputs[index]!.assumingMemoryBound(to: Float.self) }

  /// The bits of a bfloat16 operand.
  func bfloat16Input(_ index: Int) -> UnsafeMutablePointer<UInt16> {
    inputs[index]!.assumingMemoryBound(to: UInt16.self)
  }
  func bfloat16Output(_ index: Int = 0) -> UnsafeMutablePointer<UInt16> {
    outputs[index]!.assumingMemoryBound(to: UInt16.self)
  }
}

/// What a kernel needs to know to plan itself.
package struct KernelRequest {
  /// The node.
  let node: Node
  /// The inputs as they lie in memory now, but for values that are kept in bfloat16: those say float32 here. Nil where
  /// absent.
  var inputs: [PhysicalType?]
  /// The element types in which the inputs lie in memory now.
  var storedTypes: [DataType?]
  /// Logical shapes and types of the outputs.
  var outputs: [(shape: Shape, dataType: DataType)]
  /// Whether a later kernel reads an output in bfloat16.
  let wantsBFloat16: [Bool]
  /// The parameter that stands at an input; nil for computed values.
  let parameterNames: [String?]
  /// The memory of all parameters.
  let parameters: ParameterTable
  /// Settings of the compilation.
  let options: ProgramOptions
  /// What chooses where a layer has several forms.
  let tuner: LayerTuner
  /// The seed of the run under way.
  let seed: RunSeed

  /// The parameter's current value.
  func constant(_ index: Int) -> Tensor? {
    index < parameterNames.count ? parameterNames[index].map(parameters.tensor) : nil
  }

  /// Whether a float32 input is kept in bfloat16.
  func isKeptInBFloat16(_ index: Int) -> Bool {
    inputs[index]?.dataType == .float32 && storedTypes[index] == .bfloat16
  }

  var isFloat: Bool {
    inputs.allSatisfy { $0 == nil || $0!.dataType == .float32 } && outputs.allSatisfy { $0.dataType == .float32 }
  }
}

/// The seed of random operators, which changes from run to run of one program without being an input.
package final class RunSeed {
  /// The seed.
  package var value: UInt64 = 0
}

/// How a node will be run: the layouts it wants, what memory it needs, and how to make its kernel.
package struct KernelPlan {
  /// The layouts that inputs must have; nil takes what is there.
  var inputLayouts: [Layout?]
  /// The layouts in which outputs are made.
  var outputLayouts: [Layout]
  /// The element types that inputs must have; nil, and what is missing at the end, is the value's own.
  var inputTypes: [DataType?] = []
  /// The element types in which outputs are made; what is missing at the end is the value's own.
  var outputTypes: [DataType] = []
  /// What becomes of the plan where its inputs are kept in bfloat16.
  var bfloat16Form = BFloat16Form.none
  /// Bytes of scratch memory.
  var scratchBytes = 0
  /// Which output may overwrite which input, when nobody reads the input later.
  var inPlace: [(output: Int, input: Int)] = []
  /// Which output must start as a copy of which input (a residual that is added to); in place where possible.
  var preloaded: (output: Int, input: Int)?
  /// Whether the first output is the first input under another name: no work at all.
  var isAlias = false
  /// Whether this is the operator's slow reference evaluation.
  var isReference = false
  /// The implementation's name for `profile`.
  var implementation = "pare"
  /// The operator's name for `profile`; nil is the operator's own.
  var kind: String?
  /// The share of the weights that are multiplied with, where zeros are left out.
  var density: Double?
  /// Makes the kernel.
  var make: () throws -> any Kernel

  /// A plan in which every operand is row-major.
  static func plain(_ request: KernelRequest, make: @escaping () throws -> any Kernel) -> KernelPlan {
    KernelPlan(
      inputLayouts: request.inputs.map { _ in .plain }, outputLayouts: request.outputs.map { _ in .plain }, make: make)
  }
}

/// The fast form of one operator.
package protocol KernelProvider: SendableMetatype {
  /// The operator's kind.
  static var kind: String { get }
  /// A plan, or nil where this form of the operator has no kernel and runs its reference evaluation.
  static func plan(_ request: KernelRequest) throws -> KernelPlan?
}

/// A kernel that is one closure over its operands.
final class ClosureKernel: Kernel {
  private let body: (Operands) throws -> Void
  private var operands = Operands(inputs: [], outputs: [], scratch: UnsafeMutableRawPointer(bitPattern: 64)!)

  init(_ body: @escaping (Operands) throws -> Void) { self.body = body }

  func bind(_ operands: Operands) { self.operands = operands }
  func run() throws { try body(operands) }
}
