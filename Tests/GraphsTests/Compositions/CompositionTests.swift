import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

/// Operators that work together, with what PyTorch computes (`Scripts/reference/compositions.py`).
struct Composition: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var inputs: [Tensor]
  var build: @Sendable (GraphBuilder, [Value]) throws -> Value
  var values: [Double]
  /// The gradients by the inputs, as far as they have one, of the sum of all elements weighted by (i + 1) / count.
  var gradients: [[Double]]
  /// Whether the function is smooth at these inputs, so that difference quotients say something.
  var isSmooth = true

  /// x[n, f] = ((a n + b f) mod modulus) / modulus - 0.4 for 4 rows of 3.
  static func matrix(_ a: Int, _ b: Int, _ modulus: Int, shape: Shape = [4, 3]) -> Tensor {
    Tensor(
      (0..<12).map { Double(($0 / 3 * a + $0 % 3 * b) % modulus) / Double(modulus) - 0.4 }, shape: shape)
  }

  static let x = matrix(7, 3, 11)
  static let y = matrix(5, 2, 7)

  static func replacing(_ row: Int, by values: [Double]) -> Tensor {
    var elements = x.doubles
    elements.replaceSubrange((row * 3)..<(row * 3 + 3), with: values)
    return Tensor(elements, shape: [4, 3])
  }

  /// softmax(4 y) of each row.
  static var probabilities: Tensor {
    let powers = y.doubles.map { exp(4 * $0) }
    return Tensor(
      powers.indices.map { powers[$0] / powers[($0 / 3 * 3)..<($0 / 3 * 3 + 3)].reduce(0, +) }, shape: y.shape)
  }

  /// Values and gradients, in double precision.
  func evaluated() throws -> (values: [Double], gradients: [[Double]]) {
    let builder = GraphBuilder()
    let ports = inputs.enumerated().map { index, tensor in
      let shape = tensor.shape.dimensions.enumerated().map { $0 == 0 ? Dimension.batch : .fixed($1) }
      return builder.input("x\(index)", shape: ValueShape(shape))
    }
    let result = try build(builder, ports)
    let shape = try builder.shape(of: result)
    let weights = builder.input("weights", shape: shape)
    let total = try builder.add(ReduceSum(axes: [], keepDimensions: false), builder.product(result, weights))
    try builder.output(total, as: "loss")
    let graph = try builder.build().differentiated(loss: "loss", withRespectTo: ports.map(\.name))
    let batch = inputs[0].shape[0]
    let bound = shape.bound(toBatch: batch)
    var feeds = [
      "weights": Tensor((0..<bound.count).map { Double($0 + 1) / Double(bound.count) }, shape: bound)
    ]
    for (port, tensor) in zip(ports, inputs) { feeds[port.name] = tensor }
    let values = try ReferenceEvaluation(of: graph.graph, inputs: feeds, batch: batch, double: true).values
    return (
      values[result.name]!.doubles, ports.compactMap { graph.gradients[$0.name].map { values[$0]!.doubles } }
    )
  }
}

@Suite("Losses' parts compute what PyTorch computes") struct CompositionTests {
  /// Figures are printed with ten digits.
  static let tolerance = 1e-8

  static let cases = [
    Composition(
      testDescription: "pairwise distances", inputs: [Composition.x],
      build: { try $0.pairwiseDistances($1[0]) },
      values: [
        0.0, 0.9706434775, 0.472377493, 0.9181368126, 0.9706434775, 0.0, 0.8181818182, 0.8232168307, 0.472377493,
        0.8181818182, 0.0, 0.8181818182, 0.9181368126, 0.8232168307, 0.8181818182, 0.0,
      ],
      gradients: [
        [
          -1.771873871, -0.6146389302, -0.1639070084, 0.303521582, 1.973798414, -1.445821451, -1.35170952, 0.7107904797,
          2.009401591, 2.820061809, -2.069949963, -0.3996731314,
        ]
      ]),
    Composition(
      testDescription: "pairwise squared distances", inputs: [Composition.x],
      build: { try $0.pairwiseSquaredDistances($1[0]) },
      values: [
        0.0, 0.9421487603, 0.2231404959, 0.8429752066, 0.9421487603, 0.0, 0.6694214876, 0.6776859504, 0.2231404959,
        0.6694214876, 0.0, 0.6694214876, 0.8429752066, 0.6776859504, 0.6694214876, 0.0,
      ],
      gradients: [
        [
          -2.897727273, -0.7727272727, 0.1022727273, 0.5795454545, 3.329545455, -2.420454545, -2.511363636,
          0.8636363636, 2.988636364, 4.829545455, -3.420454545, -0.6704545455,
        ]
      ]),
    Composition(
      testDescription: "pairwise distances, two rows equal",
      inputs: [Composition.replacing(3, by: Array(Composition.x.doubles[0..<3]))],
      build: { try $0.pairwiseDistances($1[0]) },
      values: [
        0.0, 0.9706434775, 0.472377493, 1e-06, 0.9706434775, 0.0, 0.8181818182, 0.9706434775, 0.472377493, 0.8181818182,
        0.0, 0.472377493, 1e-06, 0.9706434775, 0.472377493, 0.0,
      ],
      gradients: [
        [
          -0.7198421067, -0.7198421067, -0.2691101849, 1.660515471, 1.660515471, -1.505413602, 0.9350690589,
          0.9350690589, 2.23368017, -1.875742423, -1.875742423, -0.4591563829,
        ]
      ], isSmooth: false),
    Composition(
      testDescription: "normalised rows", inputs: [Composition.x], build: { try $0.lengthNormalized($1[0]) },
      values: [
        -0.90040006, -0.2864909282, 0.3274182036, 0.3925003411, 0.8453853501, -0.3623080072, -0.2762679633,
        0.3157348152, 0.9077375937, 0.9147201285, -0.3920229122, 0.09800572806,
      ],
      gradients: [
        [
          0.1046319165, 0.3487730551, 0.5929141936, 0.3567392601, 0.2680590268, 1.011938594, 1.704082764, 0.9467126468,
          0.1893425294, 0.6740290778, 1.999875275, 1.708563039,
        ]
      ]),
    Composition(
      testDescription: "normalised rows, one of zeros", inputs: [Composition.replacing(1, by: [0, 0, 0])],
      build: { try $0.lengthNormalized($1[0], epsilon: 0.5) },
      values: [
        -0.8, -0.2545454545, 0.2909090909, 0.0, 0.0, 0.0, -0.2545454545, 0.2909090909, 0.8363636364, 0.9147201285,
        -0.3920229122, 0.09800572806,
      ],
      gradients: [
        [
          0.1666666667, 0.3333333333, 0.5, 0.6666666667, 0.8333333333, 1.0, 1.166666667, 1.333333333, 1.5, 0.6740290778,
          1.999875275, 1.708563039,
        ]
      ]),
    Composition(
      testDescription: "smooth L1", inputs: [Composition.x, Composition.y],
      build: { try $0.smoothL1($0.scaled($0.difference($1[0], $0.detached($1[1])), by: 3), beta: 0.5) },
      values: [
        0.0, 0.001517962557, 0.006071850228, 0.05464665205, 2.477272727, 0.09714960364, 0.2185866082, 0.2564935065,
        2.204545455, 2.048701299, 0.4902597403, 0.5292207792,
      ],
      gradients: [
        [
          0.0, -0.03896103896, -0.1168831169, -0.4675324675, 1.25, -0.9350649351, -1.636363636, -2.0, 2.25, 2.5, -2.75,
          -3.0,
        ]
      ]),
    Composition(
      testDescription: "Huber", inputs: [Composition.x, Composition.y],
      build: { try $0.huber($0.scaled($0.difference($1[0], $0.detached($1[1])), by: 3), delta: 0.5) },
      values: [
        0.0, 0.0007589812785, 0.003035925114, 0.02732332602, 1.238636364, 0.04857480182, 0.1092933041, 0.1282467532,
        1.102272727, 1.024350649, 0.2451298701, 0.2646103896,
      ],
      gradients: [
        [
          0.0, -0.01948051948, -0.05844155844, -0.2337662338, 0.625, -0.4675324675, -0.8181818182, -1.0, 1.125, 1.25,
          -1.375, -1.5,
        ]
      ]),
    Composition(
      testDescription: "divergence", inputs: [Composition.x, Composition.probabilities],
      build: { try $0.divergence(ofProbabilities: $1[1], fromLogProbabilities: $0.logSoftmax($1[0])) },
      values: [0.4132665712],
      gradients: [
        [
          0.04400000171, 0.02518348837, -0.06918349008, -0.1172208828, 0.09977980217, 0.01744108058, 0.00397092087,
          -0.1003362914, 0.09636537051, 0.1001405164, 0.0009174427629, -0.1010579591,
        ]
      ]),
    Composition(
      testDescription: "divergence of logarithms", inputs: [Composition.x, Composition.probabilities],
      build: {
        try $0.divergence(ofLogProbabilities: $0.logarithm($1[1]), fromLogProbabilities: $0.logSoftmax($1[0]))
      },
      values: [0.4132665712],
      gradients: [
        [
          0.04400000171, 0.02518348837, -0.06918349008, -0.1172208828, 0.09977980217, 0.01744108058, 0.00397092087,
          -0.1003362914, 0.09636537051, 0.1001405164, 0.0009174427629, -0.1010579591,
        ]
      ]),
    Composition(
      testDescription: "divergence of certain teachers",
      inputs: [Composition.x, Tensor([1, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.5, 0] as [Double], shape: [4, 3])],
      build: { try $0.divergence(ofProbabilities: $1[1], fromLogProbabilities: $0.logSoftmax($1[0])) },
      values: [0.8689861595],
      gradients: [
        [
          -0.1881024861, 0.08130498154, 0.1067975046, 0.08479524933, -0.1386178822, 0.0538226329, 0.06189751388,
          0.08130498154, -0.1432024954, -0.00696197146, -0.06796106408, 0.07492303553,
        ]
      ]),
    Composition(
      testDescription: "Gram product", inputs: [Composition.x, Composition.y],
      build: { try $0.gramProduct($1[0], $1[1]) },
      values: [
        0.1994805195, -0.09142857143, -0.1096103896, 0.1449350649, -0.1901298701, -0.1044155844, 0.254025974,
        -0.1148051948, 0.105974026, -0.145974026, -0.1251948052, 0.1683116883, -0.1693506494, 0.241038961,
        -0.07584415584, -0.12,
      ],
      gradients: [
        [
          -0.04464285714, 0.008928571429, 0.0, -0.1232142857, -0.03392857143, -0.007142857143, -0.2017857143,
          -0.07678571429, -0.01428571429, -0.2803571429, -0.1196428571, -0.02142857143,
        ],
        [
          0.3909090909, 0.05568181818, 0.2204545455, 0.4045454545, 0.075, 0.2454545455, 0.4181818182, 0.09431818182,
          0.2704545455, 0.4318181818, 0.1136363636, 0.2954545455,
        ],
      ]),
    Composition(
      testDescription: "Gram matrices of channels", inputs: [Composition.matrix(7, 3, 11, shape: [2, 2, 3])],
      build: { try $0.channelGramMatrices($1[0]) },
      values: [
        0.06578512397, -0.06369146006, -0.06369146006, 0.1208815427, 0.07074380165, -0.02457300275, -0.02457300275,
        0.1032506887,
      ],
      gradients: [
        [
          0.01590909091, 0.09545454545, -0.03333333333, -0.004545454545, 0.1431818182, -0.04242424242, 0.2227272727,
          -0.05757575758, 0.2037878788, 0.2704545455, -0.06666666667, 0.2628787879,
        ]
      ]),
    Composition(
      testDescription: "flow matrices",
      inputs: [Composition.matrix(7, 3, 11, shape: [2, 2, 3]), Composition.matrix(5, 2, 7, shape: [2, 2, 3])],
      build: { try $0.flowMatrices($1[0], $1[1]) },
      values: [
        0.06649350649, -0.03047619048, -0.06337662338, -0.03480519481, -0.04173160173, 0.0561038961, -0.02528138528,
        -0.04,
      ],
      gradients: [
        [
          0.009523809524, -0.0380952381, -0.002380952381, 0.002380952381, -0.08095238095, 0.002380952381,
          -0.05833333333, 0.07261904762, -0.004761904762, -0.07738095238, 0.1011904762, -0.0119047619,
        ],
        [
          0.01287878788, 0.05833333333, -0.02121212121, 0.006060606061, 0.07424242424, -0.02424242424, 0.121969697,
          -0.03333333333, 0.103030303, 0.1378787879, -0.03636363636, 0.1227272727,
        ],
      ]),
  ]

  @Test(arguments: cases) func figures(_ example: Composition) throws {
    let (values, gradients) = try example.evaluated()
    #expect(values.count == example.values.count)
    #expect(zip(values, example.values).allSatisfy { abs($0 - $1) <= Self.tolerance }, "\(values)")
    try #require(gradients.count == example.gradients.count)
    for (gradient, wanted) in zip(gradients, example.gradients) {
      #expect(gradient.count == wanted.count)
      #expect(zip(gradient, wanted).allSatisfy { abs($0 - $1) <= Self.tolerance }, "\(gradient)")
    }
  }

  @Test(arguments: cases.filter(\.isSmooth)) func differenceQuotients(_ example: Composition) throws {
    let batched = example.inputs.indices.map { index in
      ValueShape(example.inputs[index].shape.dimensions.enumerated().map { $0 == 0 ? .batch : .fixed($1) })
    }
    let check = GradientCheck(
      example.inputs, wanted: Array(0..<example.gradients.count),
      shapes: Dictionary(uniqueKeysWithValues: batched.enumerated().map { ($0, $1) }),
      batch: example.inputs[0].shape[0]
    ) { builder, values in [try example.build(builder, values.map { $0! })] }
    #expect(try check.mismatches() == [])
  }

  @Test("a mean over all pairs of a batch") func meanOverPairs() throws {
    let check = GradientCheck([Composition.x], wanted: [0], shapes: [0: [.batch, .fixed(3)]], batch: 4) {
      [try $0.mean($0.pairwiseDistances($1[0]!))]
    }
    #expect(try check.mismatches() == [])
  }

  @Test("other shapes are refused") func shapes() throws {
    let builder = GraphBuilder()
    let (vector, cube) = (builder.input("v", shape: [.batch]), builder.input("c", shape: [.batch, .batch, .batch]))
    #expect(throws: PareError.self) { try builder.pairwiseDistances(cube) }
    #expect(throws: PareError.self) { try builder.channelGramMatrices(vector) }
    #expect(throws: PareError.self) { try builder.divergence(ofProbabilities: vector, fromLogProbabilities: vector) }
  }
}
