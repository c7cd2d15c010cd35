import Graphs
import Tensors
import Testing

@Suite("Graph patches")
struct GraphPatchTests {
  private func graph() throws -> Graph {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [.batch, .fixed(2)])
    let y = try builder.add(Add(), x, builder.parameter("shift", Tensor([Float(1), 2])), name: "add")
    try builder.output(builder.add(Relu(), y, name: "relu"), as: "y")
    return try builder.build()
  }

  private func run(_ graph: Graph, _ values: [Float]) throws -> [Float] {
    let x = Tensor(values, shape: [1, 2])
    return try ReferenceEvaluation(of: graph, inputs: ["x": x], batch: 1).values["y"]!.floats
  }

  @Test("replaces, and drops what is not read any more")
  func replaces() throws {
    let graph = try graph()
    var patch = GraphPatch()
    patch.setParameter("factor", .dense(Tensor([Float(2), 3])))
    patch.replaceNode("add", with: [Node(name: "mul", op: Mul(), inputs: ["x", "factor"], outputs: ["add.out"])])
    let result = try patch.applied(to: graph)
    #expect(try run(result, [1, -1]) == [2, 0])
    #expect(Array(result.parameters.keys) == ["factor"])
    #expect(Array(graph.parameters.keys) == ["shift"])
  }

  @Test("removes nodes; an output keeps its name")
  func removes() throws {
    var patch = GraphPatch()
    patch.removeNode("relu", rewiringTo: "add.out")
    let result = try patch.applied(to: graph())
    #expect(try run(result, [1, -5]) == [2, -3])
    #expect(result.nodes.count == 1)
    patch.removeNode("add", rewiringTo: "x")
    #expect(try run(patch.applied(to: graph()), [1, -5]) == [1, -5])
  }

  @Test("inserts in front and behind")
  func inserts() throws {
    var patch = GraphPatch()
    patch.rewire("add.out", to: "negative")
    patch.insert([Node(name: "neg", op: Neg(), inputs: ["add.out"], outputs: ["negative"])], before: "relu")
    #expect(try run(patch.applied(to: graph()), [1, -5]) == [0, 3])
    patch = GraphPatch()
    patch.insert([Node(name: "neg", op: Neg(), inputs: ["x"], outputs: ["negative"])], after: "add")
    patch.rewire("add.out", to: "negative")
    #expect(try run(patch.applied(to: graph()), [1, -5]) == [0, 5])
  }

  @Test("renames everywhere")
  func renames() throws {
    var patch = GraphPatch()
    patch.renameValue("x", to: "image")
    patch.renameValue("shift", to: "bias")
    let result = try patch.applied(to: graph())
    #expect(result.inputs[0].name == "image" && result.parameters["bias"] != nil)
  }

  @Test("refuses what does not hold together")
  func refuses() throws {
    var unknown = GraphPatch()
    unknown.removeNode("nobody", rewiringTo: "x")
    #expect(throws: PareError.self) { try unknown.applied(to: graph()) }
    var dangling = GraphPatch()
    dangling.removeParameter("shift")
    #expect(throws: PareError.self) { try dangling.applied(to: graph()) }
    var misfit = GraphPatch()
    misfit.setParameter("shift", .dense(Tensor(zeros: [5])))
    #expect(throws: PareError.self) { try misfit.applied(to: graph()) }
  }
}
