"""Small networks in the forms that exporters write: TorchScript's shape arithmetic with the batch symbolic and fixed at
1, images by computed sizes, and Keras's channels-last images through tf2onnx."""

import pathlib
import tempfile

import numpy
import onnx
from conversion import SAME_NETWORK, Network, classifier, round_trip

from checking import infer, onnxruntime_outputs, require_close

WIDTH, HEADS = 16, 2


class Exported(Network):
    """A network with what TorchScript writes for x.size(i), for lists of sizes and for expand."""

    def integer(self, value) -> str:
        return self.constant(f"constant{len(self.weights)}", numpy.int64(value))

    def size(self, value: str, axis: int) -> str:
        return self.add("Gather", self.add("Shape", value), self.integer(axis), axis=0)

    def sizes(self, *parts) -> str:
        listed = [
            self.integer([part]) if isinstance(part, int) else self.add("Unsqueeze", part, self.integer([0]))
            for part in parts
        ]
        return self.add("Concat", *listed, axis=0)

    def expanded(self, value: str, sizes: str) -> str:
        """A repetition where -1 stands for the extent that is there."""
        sizes = self.add("Reshape", sizes, self.integer([-1]))
        one = onnx.numpy_helper.from_array(numpy.int64([1]))
        ones = self.add("ConstantOfShape", self.add("Shape", sizes), value=one)
        kept = self.add("Equal", sizes, self.add("Mul", ones, self.integer(-1)))
        return self.add("Expand", value, self.add("Where", kept, ones, sizes))


def vision_transformer(batch: int | str) -> onnx.ModelProto:
    """Patches, a class token, one layer of attention; a batch of 1 is written into every shape, as exporters do."""
    network = Exported()
    fixed = isinstance(batch, int)
    value = network.add("Conv", "input", network.weight("patch", WIDTH, 3, 4, 4), strides=[4, 4])
    count = batch if fixed else network.size(value, 0)
    value = network.add("Transpose", network.add("Reshape", value, network.sizes(count, WIDTH, 16)), perm=[0, 2, 1])
    token = network.weight("token", 1, 1, WIDTH)
    if not fixed:
        token = network.expanded(token, network.sizes(network.size(value, 0), -1, -1))
    value = network.add("Add", network.add("Concat", token, value, axis=1), network.weight("positions", 1, 17, WIDTH))
    scale, shift = network.weight("ln.scale", WIDTH), network.weight("ln.shift", WIDTH)
    attended = network.add("Transpose", network.add("LayerNormalization", value, scale, shift), perm=[1, 0, 2])
    parts = []
    for part in "qkv":
        projected = network.add("MatMul", attended, network.weight(f"{part}.weight", WIDTH, WIDTH))
        projected = network.add("Add", projected, network.weight(f"{part}.bias", WIDTH))
        merged = HEADS * batch if fixed else network.add("Mul", network.size(projected, 1), network.integer(HEADS))
        heads = network.add("Reshape", projected, network.sizes(17, merged, WIDTH // HEADS))
        parts.append(network.add("Transpose", heads, perm=[1, 0, 2]))
    scores = network.add("MatMul", parts[0], network.add("Transpose", parts[1], perm=[0, 2, 1]))
    root = network.constant("root", numpy.float32((WIDTH // HEADS) ** 0.5))
    mixed = network.add("MatMul", network.add("Softmax", network.add("Div", scores, root), axis=-1), parts[2])
    merged = batch if fixed else network.size(value, 0)
    mixed = network.add("Reshape", network.add("Transpose", mixed, perm=[1, 0, 2]), network.sizes(17, merged, WIDTH))
    value = network.add("Add", value, network.add("Transpose", mixed, perm=[1, 0, 2]))
    first = network.add("Gather", network.add("Gelu", value), network.integer(0), axis=1)
    weight, bias = network.weight("head.weight", 5, WIDTH), network.weight("head.bias", 5)
    return network.model(network.add("Gemm", first, weight, bias, transB=1), 5, opset=20, batch=batch)


def upsampler() -> onnx.ModelProto:
    """Down by pooling, up by a transposed convolution and by interpolation to a size computed from shapes."""
    network = Exported()
    first = network.add("Conv", "input", network.weight("first", 6, 3, 3, 3), pads=[1, 1, 1, 1])
    first = network.add("LeakyRelu", first, alpha=0.1)
    down = network.add("MaxPool", first, kernel_shape=[2, 2], strides=[2, 2])
    deep = network.add("MaxPool", down, kernel_shape=[2, 2], strides=[2, 2])
    up = network.add("ConvTranspose", deep, network.weight("up", 6, 4, 2, 2), strides=[2, 2])
    joined = network.add("Concat", up, down, axis=1)
    half = network.integer(2)
    height, width = (network.add("Mul", network.size(joined, axis), half) for axis in (2, 3))
    front = network.add("Slice", network.add("Shape", joined), network.integer([0]), network.integer([2]))
    sizes = network.add("Concat", front, network.sizes(height, width), axis=0)
    upper = network.add("Resize", joined, "", "", sizes, mode="linear", coordinate_transformation_mode="half_pixel")
    return network.model(classifier(network, network.add("Concat", upper, first, axis=1), 16), 5, opset=17)


def keras(image: tuple) -> onnx.ModelProto:
    """Channels-last images transposed once, padding of its own for strides, a dense layer as MatMul and Add."""
    network = Exported()
    value = network.add("Transpose", "input", perm=[0, 3, 1, 2])
    value = network.add("Pad", value, network.integer([0, 0, 0, 0, 0, 0, 1, 1]))
    weight, bias = network.weight("conv", 8, 3, 3, 3), network.weight("conv.bias", 8)
    value = network.add("Conv", value, weight, bias, strides=[2, 2])
    low, high = network.constant("low", numpy.float32(0)), network.constant("high", numpy.float32(6))
    value = network.add("Clip", value, low, high)
    value = network.add("Conv", value, network.weight("depthwise", 8, 1, 3, 3), auto_pad="SAME_UPPER", group=8)
    value = network.add("Transpose", network.batch_normalization(value, 8), perm=[0, 2, 3, 1])
    mean = network.add("ReduceMean", network.add("Relu", value), axes=[1, 2], keepdims=0)
    value = network.add("MatMul", mean, network.weight("dense", 8, 5))
    value = network.add("Softmax", network.add("Add", value, network.weight("dense.bias", 5)), axis=-1)
    return network.model(value, 5, opset=15, image=image)


def check_vision_transformer():
    return round_trip(vision_transformer("batch"))


def check_batch_fixed_at_one():
    """A file for a batch of 1 runs at any batch, and computes what the file with a symbolic one does."""
    with tempfile.TemporaryDirectory() as folder:
        fixed, symbolic = pathlib.Path(folder) / "fixed.onnx", pathlib.Path(folder) / "symbolic.onnx"
        onnx.save(vision_transformer(1), fixed)
        onnx.save(vision_transformer("batch"), symbolic)
        worst = 0.0
        for batch in (1, 3):
            shape = (batch, 3, 16, 16)
            inputs = {"input": numpy.random.default_rng(batch).standard_normal(shape).astype(numpy.float32)}
            expected = onnxruntime_outputs(symbolic, inputs)
            worst = max(worst, require_close(infer(fixed, inputs), expected, SAME_NETWORK, f"batch {batch}"))
        return f"within {worst:.1e} of ONNX Runtime"


def check_upsampler():
    return round_trip(upsampler())


def check_keras():
    image = (16, 16, 3)
    return round_trip(keras(image), image)
