import Graphs
import Tensors
import TestSupport
import Testing

@Suite struct ResizeTests {
  static let interpolations: [(String, Interpolation)] = [
    ("nearest", Interpolation()),
    ("nearest, asymmetric", Interpolation(.nearest, coordinates: .asymmetric, rounding: .floor)),
    ("linear", Interpolation(.linear)),
    ("linear, corners aligned", Interpolation(.linear, coordinates: .alignCorners)),
    ("linear, antialiased", Interpolation(.linear, isAntialiased: true)),
    ("cubic", Interpolation(.cubic)),
    ("cubic, nothing outside", Interpolation(.cubic, coordinates: .asymmetric, excludesOutside: true)),
    ("cubic, antialiased", Interpolation(.cubic, cubicCoefficient: -0.5, isAntialiased: true)),
  ]
  static let targets: [Resize.Target] = [
    .scales([1, 1, 2, 1.5]), .scales([1, 1, 0.5, 0.6]), .sizes(axes: [3], extents: [7], .stretch),
    .sizes(axes: [2, 3], extents: [6, 6], .notLarger),
  ]
  static let cases = interpolations.flatMap { name, interpolation in
    targets.map { target in
      GradientCase("\(name), \(target)", Resize(interpolation, to: target), [SampleTensors.normal([1, 2, 4, 5])])
    }
  }
  static let others = [
    GradientCase(
      "a region, partly outside",
      Resize(
        Interpolation(.linear, coordinates: .crop, extrapolation: 3), to: .scales([1, 1, 1, 1.5]),
        region: .init(starts: [0, 0, 0.3, -0.2], ends: [1, 1, 0.9, 1.1])), [SampleTensors.normal([1, 1, 4, 5])]),
    GradientCase(
      "batch axis", Resize(Interpolation(.linear), to: .scales([1, 1, 2])), [SampleTensors.normal([2, 2, 3])],
      shapes: [0: [.batch, .fixed(2), .fixed(3)]], batch: 2),
  ]

  @Test(arguments: cases + others) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  private func resized(_ x: [Float], _ op: Resize) throws -> [Float] {
    try op.evaluate([Tensor(x, shape: [1, 1, x.count])], in: EvaluationContext(batch: 1))[0].floats
  }

  @Test("hand-worked: doubling a line") func doubling() throws {
    func doubled(_ interpolation: Interpolation) throws -> [Float] {
      try resized([1, 3], Resize(interpolation, to: .scales([1, 1, 2])))
    }
    #expect(try doubled(Interpolation()) == [1, 1, 3, 3])
    // New pixels' middles lie at -1/4, 1/4, 3/4 and 5/4.
    #expect(try doubled(Interpolation(.linear)) == [1, 1.5, 2.5, 3])
    #expect(try doubled(Interpolation(.linear, coordinates: .asymmetric)) == [1, 2, 3, 3])
    #expect(try doubled(Interpolation(.linear, coordinates: .alignCorners)).first == 1)
    #expect(try doubled(Interpolation(.linear, coordinates: .alignCorners)).last == 3)
  }

  @Test("aligned corners count the fraction of an element that rounding takes off, as ONNX's cases do")
  func fraction() throws {
    // 4 * 0.6 = 2.4 elements: the second lies at 3 / 1.4.
    let op = Resize(Interpolation(.linear, coordinates: .alignCorners), to: .scales([1, 1, 0.6]))
    let y = try resized([1, 2, 3, 4], op)
    #expect(y.count == 2)
    #expect(y[0] == 1)
    #expect(abs(y[1] - (1 + 3 / 1.4)) < 1e-6)
    let whole = Resize(Interpolation(.linear, coordinates: .alignCorners), to: .scales([1, 1, 1.3]))
    #expect(try resized([Float](repeating: 0, count: 9) + [7], whole).last == 7)
  }

  @Test("a constant stays one, whatever the interpolation", arguments: interpolations.map(\.1))
  func constant(interpolation: Interpolation) throws {
    for scale in [Float(0.3), 0.5, 1.7, 3] {
      let y = try resized([2, 2, 2, 2, 2, 2, 2], Resize(interpolation, to: .scales([1, 1, scale])))
      #expect(y.count == Int(7 * scale))
      #expect(y.allSatisfy { abs($0 - 2) < 1e-6 })
    }
  }

  @Test("outside the region stands the extrapolation value, unless a pixel lies there") func region() throws {
    let op = Resize(
      Interpolation(.nearest, coordinates: .crop, extrapolation: 9), to: .sizes(axes: [2], extents: [4], .stretch),
      region: .init(starts: [0, 0, -0.5], ends: [1, 1, 1]))
    // Places -1, 0, 1, 2.
    #expect(try resized([5, 6, 7], op) == [9, 5, 6, 7])
  }

  @Test("proportions stay where they are asked for") func proportions() throws {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(3), .fixed(4), .fixed(10)]))
    func shape(_ ratio: Resize.AspectRatio) throws -> ValueShape? {
      try Resize(Interpolation(.linear), to: .sizes(axes: [2, 3], extents: [8, 15], ratio)).outputTypes(for: [x])[0]
        .shape
    }
    #expect(try shape(.stretch) == [.batch, .fixed(3), .fixed(8), .fixed(15)])
    #expect(try shape(.notLarger) == [.batch, .fixed(3), .fixed(6), .fixed(15)])
    #expect(try shape(.notSmaller) == [.batch, .fixed(3), .fixed(8), .fixed(20)])
  }

  private func read(
    _ shape: ValueShape, opset: Int = 13, scales: Tensor? = nil, sizes: InputFact? = nil,
    _ attributes: [String: AttributeValue] = [:]
  ) throws -> Resize {
    let facts = [
      InputFact(ValueType(.float32, shape)), nil,
      scales.map { InputFact(ValueType($0.dataType, ValueShape($0.shape)), constant: $0) }, sizes,
    ]
    return try Resize(
      record: NodeRecord(type: "Resize", name: "r", opset: opset, attributes: attributes, inputs: facts))
  }

  @Test("sizes that are computed from the batch become scales") func symbolicSizes() throws {
    let sizes = InputFact(ValueType(.int64, [.fixed(4)]), symbolic: [.batch, .fixed(8), .fixed(14), .fixed(7)])
    let op = try read([.batch, .fixed(8), .fixed(7), .fixed(7)], sizes: sizes)
    #expect(op.target == .scales([1, 1, 2, 1]))
    #expect(op.form().opsets.lowerBound == 13)
    // 13 / 11 as a float, times 11, is a little less than 13.
    let odd = InputFact(ValueType(.int64, [.fixed(4)]), symbolic: [.batch, .fixed(8), .fixed(13), .fixed(7)])
    let exact = try read([.batch, .fixed(8), .fixed(11), .fixed(7)], sizes: odd)
    #expect(exact.target == .sizes(axes: [2], extents: [13], .stretch))
    #expect(exact.form().opsets.lowerBound == 18)
  }

  @Test("every extent from every other comes out as asked") func allSizes() throws {
    for old in 1...40 {
      for new in 1...40 {
        let shape: ValueShape = [.batch, .fixed(old)]
        let sizes = InputFact(ValueType(.int64, [.fixed(2)]), symbolic: [.batch, .fixed(new)])
        let op = try read(shape, sizes: sizes)
        #expect(try op.outputTypes(for: [InputFact(ValueType(.float32, shape))])[0].shape?[1] == .fixed(new))
      }
    }
  }

  @Test("what cannot be run is refused") func refusals() throws {
    let shape: ValueShape = [.batch, .fixed(1), .fixed(4), .fixed(4)]
    let scales = Tensor([Float(1), 1, 2, 2])
    #expect(throws: PareError.self) { try read(shape) }
    #expect(throws: PareError.self) { try read(shape, scales: Tensor([Float(2), 2])) }
    #expect(throws: PareError.self) { try read(shape, scales: scales, ["mode": .string("spline")]) }
    #expect(throws: PareError.self) {
      try read(shape, scales: scales, ["coordinate_transformation_mode": .string("made_up")])
    }
    #expect(throws: PareError.self) { try read(shape, scales: scales, ["antialias": .int(1)]) }
    let batch = try read(shape, scales: Tensor([Float(2), 1, 1, 1]))
    #expect(throws: PareError.self) { try batch.outputTypes(for: [InputFact(ValueType(.float32, shape))]) }
    let nothing = try read(shape, scales: Tensor([Float(1), 1, 0.1, 1]))
    #expect(throws: PareError.self) { try nothing.outputTypes(for: [InputFact(ValueType(.float32, shape))]) }
  }
}
