import Graphs
import Tensors

extension KernelCase {
  /// Functions of one element, and of two or more with broadcasting.
  static let functions: [KernelCase] = [
    KernelCase("leaky relu") { try $0.leakyRelu($1, alpha: 0.2) },
    KernelCase("elu") { try $0.elu($1, alpha: 1.3) },
    KernelCase("selu") { try $0.selu($1) },
    KernelCase("celu") { try $0.celu($1, alpha: 0.7) },
    KernelCase("thresholded relu") { try $0.thresholdedRelu($1, alpha: 0.4) },
    KernelCase("gelu") { try $0.gelu($1) },
    KernelCase("gelu by tanh after a convolution") { try $0.gelu(convolved($0, $1), approximation: .tanh) },
    KernelCase("softplus") { try $0.softplus($1) },
    KernelCase("softsign") { try $0.softsign($1) },
    KernelCase("mish") { try $0.mish($1) },
    KernelCase("swish") { try $0.swish($1, alpha: 1.7) },
    KernelCase("silu") { try $0.silu($1) },
    KernelCase("error function") { try $0.errorFunction($1) },
    KernelCase("logarithm of squares") { b, x in try b.logarithm(b.sum(b.squared(x), b.scalar(0.1))) },
    KernelCase("reciprocal") { b, x in try b.reciprocal(b.sum(b.magnitude(x), b.scalar(0.5))) },
    KernelCase("prelu, one slope a channel") { b, x in
      try b.add(PRelu(), convolved(b, x), b.parameter("slopes", weights([4, 1, 1])))
    },
    KernelCase("prelu, row-major, one slope a channel") { b, x in
      try b.add(PRelu(), x, b.parameter("slopes", weights([5, 1, 1])))
    },
    KernelCase("prelu, one slope") { b, x in try b.add(PRelu(), x, b.parameter("slope", weights([1]))) },
    KernelCase("prelu, one slope a column") { b, x in try b.add(PRelu(), x, b.parameter("slopes", weights([6]))) },
    KernelCase("square by an integer") { b, x in try b.power(x, b.parameter("two", Tensor([Int64(2)]))) },
    KernelCase("cube") { b, x in try b.power(x, b.scalar(3)) },
    KernelCase("power by numbers per channel") { b, x in
      try b.power(b.exponential(x), b.parameter("exponents", weights([5, 1, 1])))
    },
    KernelCase("power by computed numbers") { b, x in try b.power(b.exponential(x), x) },
    KernelCase("sum of three shapes") { b, x in
      try b.sum([b.parameter("c", weights([5, 1, 1])), x, b.parameter("k", weights([6], seed: 4))])
    },
    KernelCase("smallest of two after convolutions") { b, x in
      let y = try convolved(b, x)
      return try b.minimum([y, b.negated(y)])
    },
    KernelCase("largest of four") { b, x in
      let y = try convolved(b, x)
      return try b.maximum([b.scalar(-0.5), y, b.parameter("c", weights([4, 1, 1])), b.scaled(y, by: -0.5)])
    },
    KernelCase("largest where no input has the result's shape") { b, x in
      try b.maximum([b.mean(x, axes: [2], keepDimensions: true), b.mean(x, axes: [3], keepDimensions: true)])
    },
    KernelCase("largest of one") { b, x in try b.maximum([x]) },
  ]

  /// Choices by conditions and masks.
  static let choices: [KernelCase] = [
    KernelCase("choice by a comparison") { b, x in
      try b.selection(where: b.isGreater(x, b.scalar(0.2)), x, otherwise: b.scaled(x, by: 0.5))
    },
    KernelCase("choice after a convolution, by a row-major condition") { b, x in
      let condition = try b.isLess(b.add(Slice(starts: [0], ends: [4], axes: [1]), x), b.scalar(0))
      return try b.selection(where: condition, convolved(b, x), otherwise: b.scalar(-1))
    },
    KernelCase("choice by constants per channel") { b, x in
      let truths = b.parameter("truths", Tensor([true, false, true, true, false], shape: [5, 1, 1]))
      return try b.selection(where: truths, b.scalar(3), otherwise: x)
    },
    KernelCase("choice by a condition that is repeated along rows") { b, x in
      let means = try b.mean(x, axes: [3], keepDimensions: true)
      let condition = try b.not(b.isLessOrEqual(means, b.scalar(0)))
      return try b.selection(where: condition, x, otherwise: b.parameter("k", weights([6])))
    },
    KernelCase("conditions combined") { b, x in
      let isSmall = try b.both(b.isGreaterOrEqual(x, b.scalar(-1)), b.isLessOrEqual(x, b.scalar(1)))
      let isOdd = try b.differ(isSmall, b.either(b.isEqual(x, b.scalar(0)), b.isLess(x, b.scalar(-0.5))))
      return try b.selection(where: isOdd, x, otherwise: b.negated(x))
    },
    KernelCase("booleans as numbers and numbers as booleans") { b, x in
      let positive = try b.cast(b.isGreater(convolved(b, x), b.scalar(0)), to: .float32)
      let kept = try b.cast(b.cast(b.relu(x), to: .bool), to: .float32)
      let sums = try b.mean(positive, axes: [1], keepDimensions: true)
      return try b.product(x, b.sum(kept, sums))
    },
    KernelCase("largest channels") { b, x in try b.product(x, b.topKMask(x, count: 2, axis: 1)) },
    KernelCase("largest of each column") { b, x in try b.product(x, b.topKMask(x, count: 3, axis: 2)) },
    KernelCase("largest of each row", shape: matrix) { b, x in try b.product(x, b.topKMask(x, count: 5)) },
    KernelCase("binary sign") { b, x in try b.product(x, b.binarySign(x)) },
    KernelCase("sign with a clipped gradient") { b, x in try b.sign(x, surrogate: .clippedIdentity) },
    KernelCase("sign with a polynomial gradient") { b, x in try b.sign(convolved(b, x), surrogate: .polynomial) },
    KernelCase("rounding with a straight-through gradient") { b, x in
      try b.rounded(b.scaled(x, by: 3), surrogate: .identity)
    },
    KernelCase("product with a number for each sample") { b, x in
      try b.product(x, b.add(ReduceMean(axes: [1, 2, 3], keepDimensions: true), x))
    },
    KernelCase("stochastic depth, nothing dropped") { b, x in
      let y = try convolved(b, x)
      return try b.sum(y, b.stochasticDepth(b.relu(y), ratio: 0))
    },
    KernelCase("detached") { b, x in try b.product(x, b.detached(b.sigmoid(x))) },
  ]

  /// The parts of losses.
  static let losses: [KernelCase] = [
    KernelCase("pairwise distances", batch: 7, shape: matrix) { try $0.pairwiseDistances($1) },
    KernelCase("normalised rows", batch: 5, shape: matrix) { try $0.lengthNormalized($1) },
    KernelCase("normalised channels") { try $0.lengthNormalized($1, axis: 1) },
    KernelCase("smooth absolute values") { try $0.smoothL1($1, beta: 0.5) },
    KernelCase("divergence", batch: 5, shape: matrix) { b, x in
      let teacher = try b.softmax(b.parameter("teacher", weights([1, 12])))
      return try b.divergence(ofProbabilities: teacher, fromLogProbabilities: b.logSoftmax(x))
    },
    KernelCase("Gram matrices of channels") { try $0.channelGramMatrices(convolved($0, $1)) },
    KernelCase("flow matrices") { try $0.flowMatrices($1, convolved($0, $1)) },
    KernelCase("mean distance", batch: 6, shape: matrix) { b, x in
      try b.mean(b.pairwiseDistances(x), axes: [], keepDimensions: false)
    },
  ]
}
