import Graphs
import Testing
import Zoo

@Suite struct DigitsTests {
  private func parameters(_ architecture: some Architecture) throws -> Int {
    let graph = try architecture.build()
    return graph.trainableParameters().reduce(0) { $0 + graph.parameters[$1]!.shape.count }
  }

  /// 64·64 + 64, 64·32 + 32, 32·10 + 10.
  @Test func mlpHasTheParametersCountedByHand() throws { #expect(try parameters(DigitsMLP()) == 6_570) }

  /// Stem 9·24; depthwise 9·(24 + 48 + 96); pointwise 24·48 + 48·96 + 96·128; normalisations
  /// 2·(24 + 24 + 48 + 48 + 96 + 96 + 128); classifier 128·10 + 10.
  @Test func separableHasTheParametersCountedByHand() throws { #expect(try parameters(DigitsSeparable()) == 21_994) }
}
