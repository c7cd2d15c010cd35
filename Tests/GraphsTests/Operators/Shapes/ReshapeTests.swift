import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Reshape and Expand") struct ReshapeTests {
  static let cases = [
    GradientCase("Reshape", Reshape(to: [.fixed(3), .fixed(4)]), [SampleTensors.normal([2, 6])]),
    GradientCase(
      "Reshape with inferred extent", Reshape(target: [.copied, .inferred]), [SampleTensors.normal([2, 3, 2])]),
    GradientCase(
      "Reshape with batch axis", Reshape(target: [.exactly(.batch), .inferred]), [SampleTensors.normal([2, 3, 2])],
      shapes: [0: [.batch, .fixed(3), .fixed(2)]], batch: 2),
    GradientCase("Expand", Expand(to: [.fixed(4), .fixed(2), .fixed(3)]), [SampleTensors.normal([2, 1])]),
    GradientCase("Expand along the batch", Expand(to: [.batch, .fixed(3)]), [SampleTensors.normal([3])], batch: 2),
  ]

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("a target of another size is refused") func mismatch() {
    let x = InputFact(ValueType(.float32, [.batch, .fixed(6)]))
    #expect(throws: PareError.self) { try Reshape(to: [.batch, .fixed(5)]).outputTypes(for: [x]) }
    #expect(throws: PareError.self) { try Reshape(target: [.fixed(4), .inferred]).outputTypes(for: [x]) }
  }
}

extension Reshape.Extent {
  fileprivate static func fixed(_ extent: Int) -> Self { .exactly(.fixed(extent)) }
}
