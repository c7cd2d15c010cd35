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

  /// Blocks and 16-bit integers came with operator set 21, the precision of the quotient with 23.
  @Test(arguments: [
    (QuantizeLinear(), DataType.int8, 17), (QuantizeLinear(), .int16, 21),
    (QuantizeLinear(precision: .float16), .int8, 23),
  ])
  func newerFormsRaiseTheOperatorSet(op: QuantizeLinear, type: DataType, opset: Int) throws {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(4)])
    try b.output(b.add(op, x, b.scalar(0.1), b.parameter("zero", Tensor(zeros: [], dataType: type))), as: "y")
    let read = try Model(onnx: Array(Model(b.build()).onnxBytes()))
    #expect(read.opset == opset)
    #expect((read.graph.nodes.first?.op as? QuantizeLinear)?.precision == op.precision)
  }

  @Test func blocksRaiseTheOperatorSet() throws {
    let b = GraphBuilder()
    let x = b.input("x", shape: [.batch, .fixed(4)])
    let weights = b.parameter("w", Tensor([Int8](repeating: 3, count: 16), shape: [4, 4]))
    let scales = b.parameter("s", Tensor([Float](repeating: 0.5, count: 8), shape: [2, 4]))
    let w = try b.add(DequantizeLinear(axis: 0, blockSize: 2), weights, scales)
    try b.output(b.add(MatMul(), x, w), as: "y")
    let read = try Model(onnx: Array(Model(b.build()).onnxBytes()))
    #expect(read.opset == 21)
    #expect(read.graph.nodes.contains { ($0.op as? DequantizeLinear)?.grid == QuantizationGrid(axis: 0, blockSize: 2) })
  }
}
