import Graphs
import Tensors
import Testing

@testable import Engine

/// What gradient programs do from run to run.
@Suite(.serialized) struct GradientProgramTests {
  private let engine = Engine(threads: 1)

  /// The mean of weights times a thinned input: its gradient by the weights is the thinned input's mean.
  private func program(accumulates: Bool = false, dropout: Bool) throws -> (GradientProgram, TrainingState) {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(64)])
    let kept = dropout ? try b.add(Dropout(ratio: 0.5), x) : x
    let y = try b.product(kept, b.parameter("w", Tensor(repeating: Float(1), shape: [64])))
    let loss = try b.add(ReduceSum(axes: [], keepDimensions: false), y)
    try b.output(loss, as: "loss")
    let graph = try b.build()
    let state = TrainingState(graph: graph)
    let gradient = try graph.differentiated(loss: "loss", withRespectTo: ["w"])
    return (
      try GradientProgram(gradient, batch: 4, state: state, engine: engine, accumulates: accumulates), state
    )
  }

  private let ones = ["x": Tensor(repeating: Float(1), shape: [4, 64])]

  @Test func dropoutDrawsAnewForEveryBatchAndRepeatsWithTheSeed() throws {
    let (first, state) = try program(dropout: true)
    let a = try first.run(ones)["loss"]!
    let gradientA = state.gradient("w")
    let b = try first.run(ones)["loss"]!
    #expect(state.gradient("w") != gradientA)
    let (second, other) = try program(dropout: true)
    #expect(try second.run(ones)["loss"]! == a)
    #expect(other.gradient("w") == gradientA)
    #expect(try second.run(ones)["loss"]! == b)
    second.seed = 5
    _ = try second.run(ones)
    #expect(other.gradient("w") != gradientA)
    // Kept elements count double, so that the mean stays: 256 of them within five deviations.
    #expect(abs(a.doubles[0] - 256) < 5 * 16)
  }

  @Test func gradientsAreAddedWhereAskedFor() throws {
    let (once, single) = try program(dropout: false)
    _ = try once.run(ones)
    _ = try once.run(ones)
    #expect(single.gradient("w").floats.allSatisfy { $0 == 4 })
    let (twice, summed) = try program(accumulates: true, dropout: false)
    try summed.clearGradients(on: engine)
    _ = try twice.run(ones)
    _ = try twice.run(ones)
    #expect(summed.gradient("w").floats.allSatisfy { $0 == 8 })
  }

  private static let rules: [UpdateRule] = [
    .sgd(momentum: 0, nesterov: false), .sgd(momentum: 0.9, nesterov: true),
    .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decoupled: false),
    .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decoupled: true),
  ]

  /// Decay pulls and gradients push: a weight that is held is +0 all the same, and its moments and gradients with it. The
  /// others do as they did without.
  @Test(arguments: rules.indices) func heldWeightsAreExactlyZero(_ rule: Int) throws {
    let keep = Tensor((0..<64).map { UInt8($0 % 3 == 0 ? 0 : 1) }, shape: [64])
    func trained(_ masks: [String: Tensor]) throws -> TrainingState {
      let (program, state) = try program(dropout: false)
      let update = UpdateProgram(rule: Self.rules[rule], state: state, engine: engine) { _ in
        UpdateSettings(weightDecay: 0.1)
      }
      for step in 0..<5 {
        if step == 2 { try state.setMasks(masks, on: engine) }
        _ = try program.run(ones)
        try update.run(rate: 0.01)
      }
      _ = try program.run(ones)
      return state
    }
    let (held, free) = (try trained(["w": keep]), try trained([:]))
    let norm = try held.gradientNorm(on: engine)
    #expect(abs(norm - 4 * 42.0.squareRoot()) < 1e-4)
    let (snapshot, other) = (held.snapshot(), free.snapshot())
    #expect(snapshot.masks == ["w": keep] && other.masks.isEmpty)
    let moments = zip(snapshot.moments, other.moments).map { ($0["w"]!, $1["w"]!) }
    let pairs = [(snapshot.parameters["w"]!, other.parameters["w"]!)] + moments
    for (tensor, wanted) in pairs {
      for (index, (value, free)) in zip(tensor.floats, wanted.floats).enumerated() {
        #expect(value.bitPattern == (index % 3 == 0 ? 0 : free.bitPattern))
      }
    }
  }

  /// A snapshot brings masks along; masks that fit nothing are refused.
  @Test func masksAreChecked() throws {
    let (_, state) = try program(dropout: false)
    let keep = Tensor(repeating: UInt8(0), shape: [64])
    try state.setMasks(["w": keep], on: engine)
    #expect(state.snapshot().parameters["w"]!.floats.allSatisfy { $0 == 0 })
    let (_, other) = try program(dropout: false)
    try other.load(state.snapshot())
    #expect(other.masks == ["w": keep])
    #expect(throws: PareError.self) { try state.setMasks(["v": keep], on: engine) }
    #expect(throws: PareError.self) { try state.setMasks(["w": Tensor(zeros: [64])], on: engine) }
    #expect(throws: PareError.self) { try state.setMasks(["w": keep.reshaped(to: [8, 8])], on: engine) }
    #expect(state.masks == ["w": keep])
  }

  /// The first two steps of PyTorch's SGD with momentum 0.9 and weight decay 0.1, by hand.
  @Test func updatesAreThoseOfTheFormula() throws {
    let (program, state) = try program(dropout: false)
    let update = UpdateProgram(rule: .sgd(momentum: 0.9, nesterov: false), state: state, engine: engine) { _ in
      UpdateSettings(weightDecay: 0.1)
    }
    _ = try program.run(ones)
    try update.run(rate: 0.01)
    // g = 4 + 0.1 * 1; w = 1 - 0.01 * 4.1
    #expect(state.memory.tensor("w").floats.allSatisfy { abs($0 - 0.959) < 1e-6 })
    _ = try program.run(ones)
    try update.run(rate: 0.01)
    // g = 4 + 0.0959; m = 0.9 * 4.1 + 4.0959 = 7.7859; w = 0.959 - 0.077859
    #expect(state.memory.tensor("w").floats.allSatisfy { abs($0 - 0.881141) < 1e-6 })
    let copy = try self.program(dropout: false).1
    try copy.load(state.snapshot())
    #expect(copy.snapshot().moments.count == 1)
    #expect(copy.memory.tensor("w") == state.memory.tensor("w"))
    #expect(copy.updates == 2)
  }
}
