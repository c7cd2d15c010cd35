"""Networks that `pare convert` reads and writes again compute what they did, in ONNX Runtime and in Pare."""

import pathlib
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from checking import infer, interface, onnxruntime_outputs, pare, require, require_close

# Float32 sums in another order: a few units in the last place per layer.
SAME_FILE = 1e-5
SAME_NETWORK = 1e-4


class Network:
    """A small network under construction: nodes in order, weights drawn from one seeded stream."""

    def __init__(self):
        self.random = numpy.random.default_rng(0)
        self.nodes = []
        self.weights = []

    def weight(self, name: str, *shape: int) -> str:
        fan_in = int(numpy.prod(shape[1:])) or 1
        return self.constant(name, (self.random.standard_normal(shape) * fan_in**-0.5).astype(numpy.float32))

    def constant(self, name: str, value) -> str:
        self.weights.append(numpy_helper.from_array(numpy.asarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes) -> str:
        output = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=f"node_{output}", **attributes))
        return output

    def batch_normalization(self, value: str, channels: int) -> str:
        tag = f"bn{len(self.nodes)}"
        uniform = self.random.uniform
        statistics = [
            self.constant(f"{tag}.{name}", uniform(low, high, channels).astype(numpy.float32))
            for name, low, high in (("scale", 0.5, 1.5), ("bias", -0.5, 0.5), ("mean", -0.5, 0.5), ("var", 0.5, 1.5))
        ]
        return self.add("BatchNormalization", value, *statistics, epsilon=1e-5)

    def model(
        self, output: str, classes: int, opset: int, image: tuple = (3, 16, 16), batch: int | str = "batch"
    ) -> onnx.ModelProto:
        self.nodes[-1].output[0] = "logits"
        require(output != "logits", "a network ends with its output's node")
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, *image])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, classes])],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


def classifier(network: Network, value: str, channels: int) -> str:
    value = network.add("Flatten", network.add("GlobalAveragePool", value), axis=1)
    return network.add("Gemm", value, network.weight("fc.weight", 5, channels), network.weight("fc.bias", 5), transB=1)


def plain() -> onnx.ModelProto:
    network = Network()
    value = network.add("Conv", "input", network.weight("conv1", 8, 3, 3, 3), pads=[1, 1, 1, 1], strides=[2, 2])
    value = network.add("Relu", network.batch_normalization(value, 8))
    value = network.add("MaxPool", value, kernel_shape=[2, 2], strides=[2, 2])
    value = network.add("Conv", value, network.weight("conv2", 7, 8, 1, 1), network.weight("conv2.bias", 7))
    return network.model(classifier(network, network.add("Relu", value), 7), 5, opset=13)


def depthwise() -> onnx.ModelProto:
    network = Network()
    low, high = network.constant("low", numpy.float32(0)), network.constant("high", numpy.float32(6))
    value = network.add("Conv", "input", network.weight("expand", 12, 3, 1, 1))
    value = network.add("Clip", network.batch_normalization(value, 12), low, high)
    value = network.add("Conv", value, network.weight("depthwise", 12, 1, 3, 3), pads=[1, 1, 1, 1], group=12)
    value = network.add("Clip", network.batch_normalization(value, 12), low, high)
    value = network.batch_normalization(network.add("Conv", value, network.weight("project", 6, 12, 1, 1)), 6)
    return network.model(classifier(network, value, 6), 5, opset=17)


def padded_shortcut() -> onnx.ModelProto:
    """A residual block that halves the image: strided slices, zero channels, and a reshape by computed shape."""
    network = Network()
    stem = network.add("Relu", network.add("Conv", "input", network.weight("stem", 4, 3, 3, 3), pads=[1, 1, 1, 1]))
    main = network.add("Conv", stem, network.weight("conv", 8, 4, 3, 3), pads=[1, 1, 1, 1], strides=[2, 2])
    main = network.batch_normalization(main, 8)
    start, end = network.constant("start", numpy.int64([0, 0])), network.constant("end", numpy.int64([2**63 - 1] * 2))
    axes, steps = network.constant("axes", numpy.int64([2, 3])), network.constant("steps", numpy.int64([2, 2]))
    shortcut = network.add("Slice", stem, start, end, axes, steps)
    shortcut = network.add("Pad", shortcut, network.constant("pads", numpy.int64([0, 2, 0, 0, 0, 2, 0, 0])))
    value = network.add("GlobalAveragePool", network.add("Relu", network.add("Add", main, shortcut)))
    batch = network.add("Gather", network.add("Shape", value), network.constant("zero", numpy.int64([0])))
    shape = network.add("Concat", batch, network.constant("rest", numpy.int64([-1])), axis=0)
    value = network.add("Reshape", value, shape)
    weight, bias = network.weight("fc.weight", 5, 8), network.weight("fc.bias", 5)
    return network.model(network.add("Gemm", value, weight, bias, transB=1), 5, opset=13)


def round_trip(model: onnx.ModelProto, image: tuple = (3, 16, 16)) -> str:
    with tempfile.TemporaryDirectory() as folder:
        before, after = pathlib.Path(folder) / "before.onnx", pathlib.Path(folder) / "after.onnx"
        onnx.save(model, before)
        pare("convert", before, "-o", after)
        onnx.checker.check_model(onnx.load(after), full_check=True)
        require(interface(before) == interface(after), f"{interface(before)} became {interface(after)}")
        worst = 0.0
        for batch in (1, 3):
            shape = (batch, *image)
            inputs = {"input": numpy.random.default_rng(batch).standard_normal(shape).astype(numpy.float32)}
            expected = onnxruntime_outputs(before, inputs)
            require_close(onnxruntime_outputs(after, inputs), expected, SAME_FILE, "the file written, in ONNX Runtime")
            worst = max(worst, require_close(infer(before, inputs), expected, SAME_NETWORK, "pare infer"))
        return f"pare infer within {worst:.1e} of ONNX Runtime"


def check_plain_network():
    return round_trip(plain())


def check_depthwise_network():
    return round_trip(depthwise())


def check_padded_shortcut():
    return round_trip(padded_shortcut())
