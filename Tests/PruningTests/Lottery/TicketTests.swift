import Graphs
import TestSupport
import Tensors
import Testing

@testable import Pruning

@Suite("Tickets")
struct TicketTests {
  private let values: [Float] = [1, -3, 2, -2, 5, -3]
  private let mask: [UInt8] = [1, 0, 1, 1, 0, 1]

  /// One dense layer, 3 to 2, with the values above.
  private func ticket(_ survivors: SurvivorAction, _ pruned: PrunedAction = .zero, round: Int = 1) throws -> [Float] {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(3)])
    try builder.output(builder.dense(x, outputs: 2, initializer: HeInitializer(), name: "a"), as: "y")
    var graph = try builder.build()
    graph.parameters["a.weight"] = .dense(Tensor(values, shape: [2, 3]))
    var configuration = LotteryConfiguration(seed: 4)
    (configuration.survivors, configuration.pruned) = (survivors, pruned)
    let ticket = Ticket(
      WeightMasks(["a.weight": Tensor(mask, shape: [2, 3])]), origin: graph, configuration: configuration, round: round)
    #expect(ticket.start.parameters["a.bias"]!.tensor == graph.parameters["a.bias"]!.tensor)
    return ticket.start.parameters["a.weight"]!.tensor.floats
  }

  @Test("what stays and what goes, worked by hand")
  func worked() throws {
    #expect(try ticket(.rewind) == [1, 0, 2, -2, 0, -3])
    #expect(try ticket(.rewind, .initial) == values)
    // The values' mean is 0, their mean square 52 / 6.
    let size = Float((52.0 / 6).squareRoot())
    #expect(try ticket(.constantSign) == [size, 0, size, -size, 0, -size])
    #expect(try ticket(.constantSign, .initial) == [size, -3, size, -size, 5, -size])
  }

  @Test("signs are kept or drawn, sizes likewise", arguments: SurvivorAction.allCases)
  func signs(_ action: SurvivorAction) throws {
    let start = try ticket(action, .zero)
    #expect(start == (try ticket(action)), "the same seed draws the same")
    let kept = zip(start, zip(values, mask)).filter { $0.1.1 == 1 }.map { (new: $0.0, old: $0.1.0) }
    if [.rewind, .redrawSign, .freshSign, .constantSign].contains(action) {
      #expect(kept.allSatisfy { ($0.new < 0) == ($0.old < 0) })
    }
    if [.redraw, .redrawSign].contains(action) {
      #expect(kept.allSatisfy { pair in values.contains { abs($0) == abs(pair.new) } })
    }
    let size = Float((52.0 / 6).squareRoot())
    #expect([.constantSign, .randomSign].contains(action) == kept.allSatisfy { abs($0.new) == size })
    if action == .randomSign {
      let rounds = try (1...8).map { try ticket(action, round: $0) }
      #expect(rounds.contains { $0[0] < 0 } && rounds.contains { $0[0] > 0 }, "either sign is drawn")
    }
    if [.fresh, .freshSign].contains(action) { #expect(kept.allSatisfy { pair in !values.contains(pair.new) }) }
  }

  @Test("drawn again: values of the layer, other ones each round")
  func redraw() throws {
    let (first, second) = (try ticket(.redraw), try ticket(.redraw, round: 2))
    #expect(first == (try ticket(.redraw)) && first != second)
    for drawn in [first, second] {
      for (value, keep) in zip(drawn, mask) { #expect(keep == 0 ? value == 0 : values.contains(value)) }
    }
  }
}
