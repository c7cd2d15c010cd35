@testable import Graphs
import Tensors
import TestSupport
import Testing

private func normal(_ shape: Shape, _ seed: UInt64) -> Tensor { SampleTensors.normal(shape, seed: seed) }

@Suite struct EinsumTests {
  static let cases: [GradientCase] = try! [
    ("ij->ji", [Shape([2, 3])]), ("ij->i", [[2, 3]]), ("bij,bjk->bik", [[2, 3, 2], [2, 2, 3]]),
    ("bhid,bhjd->bhij", [[1, 2, 3, 2], [1, 2, 2, 2]]), ("ij,kl->klij", [[2, 2], [3, 1]]),
    ("...ij,...jk->...ik", [[2, 1, 2, 3], [4, 3, 2]]), ("ij,jk,kl->li", [[2, 3], [3, 2], [2, 2]]),
    ("aij,b->bi", [[2, 2, 3], [2]]), ("i,i", [[4], [4]]),
  ].map { (equation: String, shapes: [Shape]) in
    GradientCase(
      equation, Einsum(try EinsumEquation(equation)), shapes.enumerated().map { normal($1, UInt64($0 + 1)) })
  }

  @Test(arguments: cases) func gradient(_ example: GradientCase) throws {
    #expect(try example.mismatches() == [])
  }

  @Test("with a batch axis") func batch() throws {
    let example = GradientCase(
      "batch", Einsum(try EinsumEquation("nij,kj->nik")), [normal([3, 2, 4], 1), normal([2, 4], 2)],
      shapes: [0: [.batch, .fixed(2), .fixed(4)]], batch: 3)
    #expect(try example.mismatches() == [])
  }

  @Test("a diagonal is taken, but has no gradient") func diagonal() throws {
    let op = Einsum(try EinsumEquation("ii->i"))
    let x = Tensor([Float(1), 2, 3, 4], shape: [2, 2])
    #expect(try op.evaluate([x], in: EvaluationContext(batch: 1))[0].floats == [1, 4])
    #expect(throws: PareError.self) { try GradientCheck(op, [x], wanted: [0]).mismatches() }
  }

  @Test("a product for every element of all axes") func macs() throws {
    let op = Einsum(try EinsumEquation("bij,bjk->bik"))
    #expect(op.macs(inputs: [[2, 3, 4], [2, 4, 5]], outputs: [[2, 3, 5]]) == 2 * 3 * 4 * 5)
    #expect(Einsum(try EinsumEquation("ij->ji")).macs(inputs: [[2, 3]], outputs: [[3, 2]]) == 0)
  }

  @Test("what is no equation, and what does not fit one, is refused") func refusals() throws {
    for text in ["i1->i", "ij->k", "ij->ii", "i->j->k", "i..j->i", "......->i"] {
      #expect(throws: PareError.self) { try EinsumEquation(text) }
    }
    let x = InputFact(ValueType(.float32, [.batch, .fixed(3)]))
    #expect(throws: PareError.self) { try Einsum(EinsumEquation("ijk->i")).outputTypes(for: [x]) }
    #expect(throws: PareError.self) { try Einsum(EinsumEquation("ij,ij->i")).outputTypes(for: [x]) }
    #expect(throws: PareError.self) { try Einsum(EinsumEquation("ii->i")).outputTypes(for: [x]) }
  }

  @Test("axes of one name lose indices together; one that is merely summed over keeps them") func coupling() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(4)])
    let hidden = try builder.einsum("ni,ij->nj", x, builder.parameter("first", normal([4, 3], 1)))
    let y = try builder.einsum("nj,jkl->nk", hidden, builder.parameter("second", normal([3, 2, 5], 2)))
    try builder.output(y, as: "y")
    let graph = try builder.build()
    let sets = try graph.channelCoupling().sets()
    let middle = try #require(sets.first { $0.members.contains(.init(slot: Slot("first", 1), index: 1)) })
    #expect(middle.blocked == nil)
    #expect(middle.members.contains(.init(slot: Slot("second", 0), index: 1)))
    let summed = try #require(sets.first { $0.members.contains(.init(slot: Slot("second", 2), index: 0)) })
    #expect(summed.blocked != nil)
    let small = try graph.removing([middle])
    #expect(small.parameters["first"]!.shape == [4, 2])
    #expect(small.parameters["second"]!.shape == [2, 2, 5])
  }
}
