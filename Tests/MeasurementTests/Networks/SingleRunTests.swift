import Engine
import Graphs
import Measurement
import Tensors
import Testing

@Suite struct SingleRunTests {
  private let engine = Engine(threads: 1)

  private func doubling() throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(2)])
    try builder.output(builder.scaled(x, by: 2), as: "y")
    return try builder.build()
  }

  private func isUsage(_ error: any Error) -> Bool { (error as? PareError)?.code == .usage }

  @Test(arguments: [1, 3])
  func takesTheBatchFromTheInput(_ batch: Int) throws {
    let x = Tensor((0..<2 * batch).map { Float($0) }, shape: [batch, 2])
    let y = try SingleRun.outputs(of: doubling(), for: ["x": x], engine: engine)["y"]
    #expect(y?.shape == [batch, 2])
    #expect(y?.floats == x.floats.map { 2 * $0 })
  }

  @Test func convertsFloats() throws {
    let x = Tensor(doubles: [1, 2], shape: [1, 2], dataType: .float64)
    #expect(try SingleRun.outputs(of: doubling(), for: ["x": x], engine: engine)["y"]?.floats == [2, 4])
  }

  @Test func namesWhatIsMissingOrUnknown() throws {
    let graph = try doubling()
    let x = Tensor([Float(1), 2], shape: [1, 2])
    #expect(throws: PareError.self) { try SingleRun.outputs(of: graph, for: [:], engine: engine) }
    #expect {
      try SingleRun.outputs(of: graph, for: ["x": x, "z": x], engine: engine)
    } throws: {
      isUsage($0)
    }
  }
}
