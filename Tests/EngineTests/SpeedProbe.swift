import Foundation
import Graphs
import ONNXFormat
import Tensors
import Testing
@testable import Engine
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PARE_PROBE"] != nil)) struct SpeedProbe {
  @Test func step() throws {
    let graph = try ONNXFile.read(URL(fileURLWithPath: "/work/reference/step00/model.onnx")).graph
    let builder = try GraphBuilder(extending: graph)
    let target = builder.input("target", shape: [.batch, .fixed(10)])
    let l = try builder.logSoftmax(Value(graph.outputs[0].name))
    let m = try builder.add(ReduceSum(axes: [1], keepDimensions: false), builder.product(l, target))
    let loss = try builder.scaled(builder.add(ReduceMean(axes: [], keepDimensions: false), m), by: -1)
    try builder.output(loss, as: "loss")
    let full = try builder.build()
    let engine = Engine(threads: 2)
    let state = TrainingState(graph: full)
    let g = try GradientProgram(full.differentiated(loss: "loss", withRespectTo: full.trainableParameters()), batch: 128, state: state, engine: engine)
    let p = g.compiled
    _ = try p.timedRuns(3)
    let t = try p.timedRuns(20).sorted()
    print("step ms", t[10] * 1000, "min", t[0] * 1000, "memory", p.memoryBytes)
    var sums: [String: (Double, Int)] = [:]
    for _ in 0..<5 { for (s, l) in zip(try p.timedRun(), p.layers) { let k = l.op + " " + l.implementation; sums[k, default: (0,0)].0 += s / 5 * 1000; sums[k]!.1 += 1 } }
    for (k, v) in sums.sorted(by: { $0.value.0 > $1.value.0 }).prefix(25) { print(String(format: "%8.3f ms %4d %@", v.0, v.1 / 5, k)) }
    for path in ["resnet20-cifar10.onnx", "resnet56-cifar10.onnx"] {
      let n = try Network(graph: ONNXFile.read(URL(fileURLWithPath: "/work/shared/models/" + path)).graph)
      let s = try n.makeSession(batch: 1, engine: engine)
      _ = try s.program.timedRuns(50)
      let r = try s.program.timedRuns(500).sorted()
      print(path, "p50 ms", r[250] * 1000, "min", r[0] * 1000)
      if path.contains("20") { for (x, l) in zip(try s.program.timedRun(), s.program.layers) { print(String(format: "%7.1f us", x * 1e6), l.op, l.outputShape, l.implementation) } }
    }
  }
}
