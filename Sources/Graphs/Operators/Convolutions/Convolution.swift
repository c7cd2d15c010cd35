import Tensors

/// A convolution over one, two or three spatial axes.
///
/// Inputs: x (batch x channels x spatial), weights (outputs x channels/groups x kernel), optional bias (outputs).
/// y[n,o,p] = bias[o] + sum over c, t of w[o,c,t] * x[n, c, p*stride - pad + t*dilation].
public struct Convolution: ONNXOperator {
  /// The ONNX type.
  public static let kind = "Conv"
  /// How the kernel moves.
  public var window: SpatialWindow
  /// Into how many groups channels and outputs are split; as many as channels is a depthwise convolution.
  public var groups: Int

  /// Makes the operator.
  public init(window: SpatialWindow, groups: Int = 1) {
    self.window = window
    self.groups = groups
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides")
    let weights = try record.requiredInput(1).knownShape()
    guard weights.rank >= 3, weights.rank <= 5 else { throw record.unsupported("weights of rank \(weights.rank)") }
    guard
      let kernel = try record.ints("kernel_shape") ?? ValueShape(Array(weights.dimensions[2...])).fixedShape?.dimensions
    else { throw record.unsupported("the kernel's shape is only known at run time") }
    window = try SpatialWindow(record: record, kernel: kernel)
    groups = try record.int("group") ?? 1
    guard groups > 0 else { throw record.unsupported("group \(groups)") }
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm {
    var attributes = window.attributes()
    attributes["group"] = .int(groups)
    return NodeForm(Self.kind, attributes)
  }

  /// batch x outputs x spatial.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let x = type.shape else { return [ValueType(type.dataType, nil)] }
    let w = try inputs[1]!.knownShape()
    guard let weights = w.fixedShape, x.rank == weights.rank, weights.rank == window.rank + 2,
      Array(weights.dimensions[2...]) == window.kernel
    else {
      throw PareError(.badInput, "weights \(w) do not fit input \(x) with kernel \(window.kernel)")
    }
    guard let channels = x[1].fixedExtent, channels % groups == 0, channels / groups == weights[1],
      weights[0] % groups == 0
    else {
      throw PareError(
        .badInput, "the input has \(x[1]) channels, the weights \(w) want \(weights[1]) in each of \(groups) groups")
    }
    if let bias = inputs.count > 2 ? inputs[2] : nil, let shape = bias.type.shape,
      shape != ValueShape([.fixed(weights[0])])
    {
      throw PareError(.badInput, "a bias of shape \(shape) for \(weights[0]) outputs")
    }
    let spatial = x.dimensions[2...].compactMap(\.fixedExtent)
    guard spatial.count == window.rank else {
      throw PareError(.unsupported, "a spatial extent of \(x) depends on the batch size")
    }
    let extents = try window.outputExtents(input: spatial).map { Dimension.fixed($0) }
    return [ValueType(type.dataType, ValueShape([x[0], .fixed(weights[0])] + extents))]
  }

  /// Every output needs channels/groups times kernel multiply-accumulates.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    guard let weights = inputs[1] else { return 0 }
    return outputs[0].count * weights.dimensions[1...].reduce(1, *)
  }

  /// Weights, then bias.
  public func role(ofInput index: Int) -> ParameterRole {
    switch index {
    case 1: groups > 1 ? .depthwiseWeight : .weight
    case 2: .bias
    default: .constant
    }
  }

  /// The sum of products in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (x, w) = (inputs[0]!, inputs[1]!)
    let loops = try ConvolutionLoops(window: window, groups: groups, input: x.shape, weights: w.shape)
    let bias = inputs.count > 2 ? inputs[2]?.doubles : nil
    var y = [Double](repeating: 0, count: loops.output.count)
    if let bias {
      let plane = loops.output.dimensions[2...].reduce(1, *)
      for index in y.indices { y[index] = bias[index / plane % loops.outputs] }
    }
    let (xs, ws) = (x.doubles, w.doubles)
    loops.forEach { xi, wi, yi in y[yi] += xs[xi] * ws[wi] }
    return [Tensor(doubles: y, shape: loops.output, dataType: x.dataType)]
  }
}

extension Convolution: Differentiable {
  /// dx is the transposed convolution of dy, dw the correlation of x and dy, db the sum of dy.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (x, w) = (call.inputs[0]!, call.inputs[1]!)
    var gradients: [Value?] = [nil, nil, nil]
    if call.wanted[0] {
      let op = ConvolutionInputGradient(convolution: self, inputShape: try builder.shape(of: x))
      gradients[0] = try builder.add(op, call.gradient, w)
    }
    if call.wanted[1] {
      let op = ConvolutionWeightGradient(convolution: self, weightShape: try builder.shape(of: w))
      gradients[1] = try builder.add(op, call.gradient, x)
    }
    if call.inputs.count > 2, call.wanted[2] {
      let axes = [0] + Array(2..<(window.rank + 2))
      gradients[2] = try builder.add(ReduceSum(axes: axes, keepDimensions: false), call.gradient)
    }
    return Array(gradients.prefix(call.inputs.count))
  }
}

extension Convolution: ChannelCoupled {
  /// Dense: inputs with the weights' axis 1, outputs with axis 0 and the bias. In groups of one input each (depthwise):
  /// channel c with all of its outputs. In larger groups every group loses as much, the channel at the same place in
  /// each.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    let weights = call.inputShape(1)!
    guard call.parameters.contains(call.inputs[1]) else {
      return coupling.blockAll(call, reason: "\(call.outputs[0]): convolution with computed weights")
    }
    let (inputs, filters) = (weights[1] * groups, weights[0])
    let (input, filter) = (call.input(0, axis: 1), call.input(1, axis: 0))
    if groups > 1, weights[1] == 1 {
      for index in 0..<filters {
        coupling.tie(input, index / (filters / groups), of: inputs, filter, index, of: filters)
      }
    } else {
      for index in 0..<inputs {
        coupling.tie(input, index, of: inputs, call.input(1, axis: 1), index % weights[1], of: weights[1])
      }
      let perGroup = filters / groups
      for index in perGroup..<max(filters, perGroup) {
        coupling.tie(filter, index, of: filters, filter, index % perGroup, of: filters)
      }
    }
    coupling.tie(filter, call.output(axis: 1), count: filters)
    if call.inputs.count > 2, !call.inputs[2].isEmpty {
      coupling.tie(call.input(2, axis: 0), call.output(axis: 1), count: filters)
    }
  }

  /// A depthwise convolution has as many groups as it keeps channels; larger groups stay as many.
  public func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator {
    guard groups > 1, call.inputShape(1)![1] == 1 else { return self }
    var result = self
    result.groups = kept.count(of: call.input(0, axis: 1), original: groups)
    return result
  }
}

extension GraphBuilder {
  /// Adds a square convolution with weights drawn by `initializer` (He et al. 2015 where omitted), padded so that
  /// stride 1 keeps the size.
  public func convolution(
    _ x: Value, outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, groups: Int = 1, bias: Bool = false,
    initializer: any WeightInitializer, name: String = "conv"
  ) throws -> Value {
    let channels = try extent(of: x, axis: 1)
    guard groups > 0, channels % groups == 0, outputs % groups == 0 else {
      throw PareError(.usage, "\(channels) channels and \(outputs) outputs do not split into \(groups) groups")
    }
    let shape: Shape = [outputs, channels / groups, kernel, kernel]
    let weight = weights("\(name).weight", shape, from: initializer)
    let shift = bias ? parameter("\(name).bias", Tensor(zeros: [outputs])) : nil
    let pad = padding ?? kernel / 2
    let window = SpatialWindow(
      kernel: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad])
    return try add(Convolution(window: window, groups: groups), [x, weight] + (shift.map { [$0] } ?? []), name: name)[0]
  }
}
