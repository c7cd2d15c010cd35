import Tensors

/// A transposed convolution over one, two or three spatial axes: the gradient of a convolution by its input, used
/// forwards, which makes images larger.
///
/// Inputs: x (batch x channels x spatial), weights (channels x outputs/groups x kernel), optional bias (outputs).
/// y[n,o,q] = bias[o] + sum over c, t of w[c,o,t] * x[n,c,p] where p*stride - pad + t*dilation = q.
public struct TransposedConvolution: ONNXOperator {
  /// The ONNX type.
  public static let kind = "ConvTranspose"
  /// How the kernel moves over the output; pads are cut off it.
  public var window: SpatialWindow
  /// Into how many groups channels and outputs are split.
  public var groups: Int
  /// Elements added at the end of each spatial axis, which steps of more than 1 leave open.
  public var outputPadding: [Int]
  /// The output's spatial extents, from which the pads follow; nil where the pads are given.
  public var outputExtents: [Int]?

  /// Makes the operator; no output padding means none on any axis.
  public init(window: SpatialWindow, groups: Int = 1, outputPadding: [Int]? = nil, outputExtents: [Int]? = nil) {
    self.window = window
    self.groups = groups
    self.outputPadding = outputPadding ?? window.kernel.map { _ in 0 }
    self.outputExtents = outputExtents
  }

  /// Reads the operator from a file's node.
  public init(record: NodeRecord) throws {
    try record.allowAttributes(
      "auto_pad", "dilations", "group", "kernel_shape", "output_padding", "output_shape", "pads", "strides")
    let weights = try record.requiredInput(1).knownShape()
    guard weights.rank >= 3, weights.rank <= 5 else { throw record.unsupported("weights of rank \(weights.rank)") }
    guard
      let kernel = try record.ints("kernel_shape") ?? ValueShape(Array(weights.dimensions[2...])).fixedShape?.dimensions
    else { throw record.unsupported("the kernel's shape is only known at run time") }
    let padding = try record.ints("output_padding") ?? kernel.map { _ in 0 }
    // Some writers give the batch and the channels too.
    let extents = try record.ints("output_shape").map { Array($0.suffix(kernel.count)) }
    self.init(
      window: try SpatialWindow(record: record, kernel: kernel), groups: try record.int("group") ?? 1,
      outputPadding: padding, outputExtents: extents?.isEmpty == true ? nil : extents)
    guard groups > 0 else { throw record.unsupported("group \(groups)") }
    guard padding.count == kernel.count, padding.allSatisfy({ (0...1 << 20).contains($0) }),
      outputExtents?.count ?? kernel.count == kernel.count
    else {
      throw PareError(
        .badInput, "output padding \(padding) and shape \(extents ?? []) do not fit a kernel of \(kernel)",
        context: ["node": record.name, "operator": record.type])
    }
  }

  /// The operator as ONNX has it.
  public func form() -> NodeForm {
    var attributes = window.attributes()
    attributes["group"] = .int(groups)
    if outputPadding.contains(where: { $0 != 0 }) { attributes["output_padding"] = .ints(outputPadding) }
    if let outputExtents {
      attributes["output_shape"] = .ints(outputExtents)
      attributes["pads"] = nil
    }
    return NodeForm(Self.kind, attributes)
  }

  /// The convolution whose input gradient this is, with its pads worked out, and the spatial extents of its input, which
  /// is this operator's output.
  /// - Throws: `PareError.badInput` where nothing is left of the output.
  public func convolution(forInput input: [Int]) throws -> (convolution: Convolution, output: [Int]) {
    var (pads, output) = (window.pads, input)
    for axis in 0..<window.rank {
      let reach = (input[axis] - 1) * window.strides[axis] + (window.kernel[axis] - 1) * window.dilations[axis] + 1
      let natural = reach + outputPadding[axis]
      var front = window.autoPad == .valid ? 0 : pads[axis]
      switch (outputExtents, window.autoPad) {
      case (nil, .explicit): output[axis] = natural - front - pads[axis + window.rank]
      case (nil, .valid): output[axis] = natural
      default:
        output[axis] = outputExtents?[axis] ?? input[axis] * window.strides[axis]
        let total = max(natural - output[axis], 0)
        front = window.autoPad == .sameUpper ? total / 2 : total - total / 2
      }
      guard input[axis] > 0, output[axis] > 0 else {
        throw PareError(.badInput, "an input of extents \(input) leaves nothing of the output (\(output[axis]))")
      }
      // What is left at the end, so that the convolution takes as many steps as the input has elements.
      (pads[axis], pads[axis + window.rank]) = (front, reach - front - output[axis])
    }
    let steps = SpatialWindow(
      kernel: window.kernel, strides: window.strides, dilations: window.dilations, pads: pads)
    return (Convolution(window: steps, groups: groups), output)
  }

  /// batch x outputs x spatial.
  public func outputTypes(for inputs: [InputFact?]) throws -> [ValueType] {
    let type = inputs[0]!.type
    guard let x = type.shape else { return [ValueType(type.dataType, nil)] }
    let w = try inputs[1]!.knownShape()
    guard let weights = w.fixedShape, x.rank == weights.rank, weights.rank == window.rank + 2,
      Array(weights.dimensions[2...]) == window.kernel, x[1] == .fixed(weights[0]), weights[0] % groups == 0
    else {
      throw PareError(
        .badInput, "weights \(w) do not fit input \(x) with kernel \(window.kernel) in \(groups) groups")
    }
    let outputs = weights[1] * groups
    if let bias = inputs.count > 2 ? inputs[2]?.type.shape : nil, bias != ValueShape([.fixed(outputs)]) {
      throw PareError(.badInput, "a bias of shape \(bias) for \(outputs) outputs")
    }
    let spatial = x.dimensions[2...].compactMap(\.fixedExtent)
    guard spatial.count == window.rank else {
      throw PareError(.unsupported, "a spatial extent of \(x) depends on the batch size")
    }
    let extents = try convolution(forInput: spatial).output.map { Dimension.fixed($0) }
    return [ValueType(type.dataType, ValueShape([x[0], .fixed(outputs)] + extents))]
  }

  /// Every input meets outputs/groups times kernel weights.
  public func macs(inputs: [Shape?], outputs: [Shape]) -> Int {
    (inputs[0]?.count ?? 0) * (inputs[1]?.dimensions[1...].reduce(1, *) ?? 0)
  }

  /// Weights, then bias.
  public func role(ofInput index: Int) -> ParameterRole {
    Convolution(window: window, groups: groups).role(ofInput: index)
  }

  /// The sum of products in double precision.
  public func evaluate(_ inputs: [Tensor?], in context: EvaluationContext) throws -> [Tensor] {
    let (x, w) = (inputs[0]!, inputs[1]!)
    let (convolution, extents) = try convolution(forInput: Array(x.shape.dimensions[2...]))
    let outputs = w.shape[1] * groups
    let shape = Shape([x.shape[0], outputs] + extents)
    let loops = try ConvolutionLoops(window: convolution.window, groups: groups, input: shape, weights: w.shape)
    var y = [Double](repeating: 0, count: shape.count)
    if let bias = inputs.count > 2 ? inputs[2]?.doubles : nil {
      let plane = extents.reduce(1, *)
      for index in y.indices { y[index] = bias[index / plane % outputs] }
    }
    let (xs, ws) = (x.doubles, w.doubles)
    loops.forEach { yi, wi, xi in y[yi] += xs[xi] * ws[wi] }
    return [Tensor(doubles: y, shape: shape, dataType: x.dataType)]
  }
}

extension TransposedConvolution: Differentiable {
  /// dx is the convolution of dy, dw its weight gradient with x and dy in each other's place, db the sum of dy.
  public func inputGradients(of call: GradientCall, in builder: GraphBuilder) throws -> [Value?] {
    let (x, w) = (call.inputs[0]!, call.inputs[1]!)
    let spatial = try (0..<window.rank).map { try builder.extent(of: x, axis: $0 + 2) }
    let convolution = try convolution(forInput: spatial).convolution
    var gradients: [Value?] = [nil, nil, nil]
    if call.wanted[0] { gradients[0] = try builder.add(convolution, call.gradient, w) }
    if call.wanted[1] {
      let op = ConvolutionWeightGradient(convolution: convolution, weightShape: try builder.shape(of: w))
      gradients[1] = try builder.add(op, x, call.gradient)
    }
    if call.inputs.count > 2, call.wanted[2] {
      let axes = [0] + Array(2..<(window.rank + 2))
      gradients[2] = try builder.add(ReduceSum(axes: axes, keepDimensions: false), call.gradient)
    }
    return Array(gradients.prefix(call.inputs.count))
  }
}

extension TransposedConvolution: ChannelCoupled {
  /// Dense: inputs with the weights' axis 0, outputs with axis 1 and the bias. Depthwise: channel c with output c.
  /// Other groups block.
  public func couple(_ call: CouplingCall, into coupling: inout ChannelCoupling) {
    let weights = call.inputShape(1)!
    guard call.parameters.contains(call.inputs[1]) else {
      return coupling.blockAll(call, reason: "\(call.outputs[0]): transposed convolution with computed weights")
    }
    guard groups == 1 || (weights[1] == 1 && weights[0] == groups) else {
      return coupling.blockAll(call, reason: "\(call.outputs[0]): transposed convolution in \(groups) groups")
    }
    coupling.tie(call.input(0, axis: 1), call.input(1, axis: 0), count: weights[0])
    let outputs = weights[1] * groups
    coupling.tie(call.input(1, axis: groups == 1 ? 1 : 0), call.output(axis: 1), count: outputs)
    if call.inputs.count > 2, !call.inputs[2].isEmpty {
      coupling.tie(call.input(2, axis: 0), call.output(axis: 1), count: outputs)
    }
  }

  /// A depthwise one has as many groups as it keeps channels.
  public func pruned(_ call: CouplingCall, keeping kept: KeptIndices) throws -> any Operator {
    guard groups > 1 else { return self }
    var result = self
    result.groups = kept.count(of: call.input(1, axis: 0), original: groups)
    return result
  }
}

extension GraphBuilder {
  /// Adds a square transposed convolution with weights drawn by `initializer`. With stride s, kernel 2s and padding s/2
  /// (s even) the image becomes s times as large.
  public func transposedConvolution(
    _ x: Value, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, groups: Int = 1,
    bias: Bool = false, initializer: any WeightInitializer, name: String = "deconv"
  ) throws -> Value {
    let channels = try extent(of: x, axis: 1)
    guard groups > 0, channels % groups == 0, outputs % groups == 0 else {
      throw PareError(.usage, "\(channels) channels and \(outputs) outputs do not split into \(groups) groups")
    }
    let weight = weights("\(name).weight", [channels, outputs / groups, kernel, kernel], from: initializer)
    let shift = bias ? [parameter("\(name).bias", Tensor(zeros: [outputs]))] : []
    let window = SpatialWindow(
      kernel: [kernel, kernel], strides: [stride, stride], pads: [padding, padding, padding, padding])
    let op = TransposedConvolution(
      window: window, groups: groups, outputPadding: [outputPadding, outputPadding])
    return try add(op, [x, weight] + shift, name: name)[0]
  }
}
