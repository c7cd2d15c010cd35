import Graphs
import Tensors
import Testing

@testable import ONNXFormat

/// Quantized networks that are read again and written again.
@Suite struct QuantizedRoundTripTests {
  /// The zero point says the type; `output_dtype` exists since operator set 21 only, and runtimes refuse it in the 17
  /// that is written.
  @Test func theZeroPointAloneSaysTheType() throws {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(4)])
    let (scale, zero) = (b.scalar(0.1), b.parameter("zero", Tensor(scalar: Int8(0))))
    let q = try b.add(QuantizeLinear(), x, scale, zero)
    try b.output(b.add(DequantizeLinear(), q, scale, zero), as: "y")
    let once = try Model(onnx: Array(Model(b.build()).onnxBytes()))
    let twice = try Model(onnx: Array(once.onnxBytes()))
    for model in [once, twice] {
      let node = try #require(model.graph.nodes.first { $0.op is QuantizeLinear })
      let form = try #require(node.op as? QuantizeLinear).form()
      #expect(form.attributes["output_dtype"] == nil)
      #expect(try model.graph.facts()[node.outputs[0]]?.type.dataType == .int8)
    }
  }
}
