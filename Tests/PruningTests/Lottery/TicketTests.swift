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

  @Test("drawn again: values of the layer, other ones each round")
  func redraw() throws {
    let (first, second) = (try ticket(.redraw), try ticket(.redraw, round: 2))
    #expect(first == (try ticket(.redraw)) && first != second)
    for drawn in [first, second] {
      for (value, keep) in zip(drawn, mask) { #expect(keep == 0 ? value == 0 : values.contains(value)) }
    }
  }
}
