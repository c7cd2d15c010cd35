"""`pare factorize` in ONNX Runtime: the product of its factors, the errors that it says, and the networks that it writes."""

import pathlib
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from checking import infer, onnxruntime_outputs, pare, pare_json, refused, require, require_close

BAD_DATA, USAGE = 65, 64

# float32 through twenty layers, relative to the largest score.
TOLERANCE = 1e-4
# Errors are sums over float32 factors, LAPACK's over double ones.
ERROR_TOLERANCE = 1e-6


def weights_of(path: pathlib.Path) -> dict:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}


def best_error(weights: numpy.ndarray) -> float:
    """What LAPACK's leading singular triples of each channel's matrix miss, relative to the weights."""
    bank = weights.astype(numpy.float64)
    values = [numpy.linalg.svd(bank[:, channel].reshape(len(bank), -1), compute_uv=False) for channel in range(bank.shape[1])]
    return float((sum((v[1:] ** 2).sum() for v in values) / (bank**2).sum()) ** 0.5)


def check_a_residual_network():
    with tempfile.TemporaryDirectory() as folder:
        whole, path = pathlib.Path(folder) / "whole.onnx", pathlib.Path(folder) / "separable.onnx"
        pare("convert", "zoo:resnet8", "-o", whole)
        document = pare_json("factorize", whole, "-o", path)
        onnx.checker.check_model(str(path), full_check=True)
        original, weights = weights_of(whole), weights_of(path)
        require(len(document["layers"]) == 6, f"{len(document['layers'])} layers of resnet8 are replaced, not 6")
        require([layer["name"] for layer in document["skipped"]] == ["conv1"], f"skipped: {document['skipped']}")
        for layer in document["layers"]:
            name, (outputs, channels, *kernel) = layer["name"], layer["weights"]
            bank = original[f"{name}.weight"]
            point, taps = weights[f"{name}.pointwise.weight"][:, :, 0, 0], weights[f"{name}.depthwise.weight"][:, 0]
            product = numpy.einsum("oc,chw->ochw", point.astype(numpy.float64), taps.astype(numpy.float64))
            missed = float(numpy.linalg.norm(product - bank) / numpy.linalg.norm(bank))
            for expected in (missed, best_error(bank)):
                require(
                    abs(layer["relative_error"] - expected) < ERROR_TOLERANCE,
                    f"{name}: an error of {layer['relative_error']}, where NumPy finds {expected}",
                )
            ratio = 1 / outputs + 1 / numpy.prod(kernel)
            for key in ("expected_ratio", "parameter_ratio", "mac_ratio"):
                require(abs(layer[key] - ratio) < 1e-12, f"{name}: {key} {layer[key]}, not {ratio}")
        inputs = {"input": numpy.random.default_rng(0).standard_normal((2, 3, 32, 32)).astype(numpy.float32)}
        outputs = infer(path, inputs)
        error = require_close(outputs, onnxruntime_outputs(path, inputs), TOLERANCE, "resnet8, separable")
        require(outputs["logits"].shape == (2, 10), f"logits of shape {outputs['logits'].shape}")
        require(document["after"]["macs"] < 0.3 * document["before"]["macs"], f"MACs: {document['after']['macs']}")
    return f"logits within {error:.1e}"


def separable_network(path: pathlib.Path) -> numpy.ndarray:
    """One convolution with stride, dilation and uneven padding whose weights are a product; returns these."""
    random = numpy.random.default_rng(1)
    weights = numpy.einsum("oc,chw->ochw", random.standard_normal((7, 5)), random.standard_normal((5, 3, 2)))
    node = helper.make_node(
        "Conv", ["x", "w", "b"], ["y"], strides=[2, 1], dilations=[1, 2], pads=[1, 0, 2, 1], kernel_shape=[3, 2]
    )
    values = {"w": weights.astype(numpy.float32), "b": random.standard_normal(7).astype(numpy.float32)}
    graph = helper.make_graph(
        [node], "separable", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 5, 9, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 7, "h", "w"])],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return weights


def check_a_separable_bank_is_recovered():
    with tempfile.TemporaryDirectory() as folder:
        whole, path = pathlib.Path(folder) / "whole.onnx", pathlib.Path(folder) / "separable.onnx"
        separable_network(whole)
        document = pare_json("factorize", whole, "--include-first", "-o", path)
        error = document["layers"][0]["relative_error"]
        require(error < ERROR_TOLERANCE, f"a separable bank is missed by {error}")
        operators = [node.op_type for node in onnx.load(path).graph.node]
        require(operators == ["Conv", "Conv"], f"the file holds {operators}")
        inputs = {"x": numpy.random.default_rng(0).standard_normal((3, 5, 9, 8)).astype(numpy.float32)}
        require_close(onnxruntime_outputs(path, inputs), onnxruntime_outputs(whole, inputs), TOLERANCE, "the pair")
    return f"missed by {error:.1e}"


def check_accuracy_before_and_after():
    with tempfile.TemporaryDirectory() as folder:
        whole, path = pathlib.Path(folder) / "whole.onnx", pathlib.Path(folder) / "separable.onnx"
        pare("convert", "zoo:resnet8?width=0.25", "-o", whole)
        images = pathlib.Path(folder) / "data"
        images.mkdir()
        numpy.save(images / "input.npy", numpy.random.default_rng(0).random((40, 3, 32, 32), dtype=numpy.float32))
        numpy.save(images / "labels.npy", numpy.arange(40) % 10)
        document = pare_json("factorize", whole, "--layers", "layer3.*", "--data", f"npy:{images}", "-o", path)
        for side in ("before", "after"):
            require(0 <= document[side]["top1"] <= 1, f"{side}: {document[side]}")
        names = {layer["name"].split(".")[0] for layer in document["layers"]}
        require(names == {"layer3"}, f"replaced: {names}")


def check_what_cannot_be_done_is_said():
    with tempfile.TemporaryDirectory() as folder:
        out = ("-o", pathlib.Path(folder) / "out.onnx")
        refused("factorize", "zoo:resnet8", "--layers", "layer9.*", *out, exit_code=USAGE, says="layer9")
        refused("factorize", "zoo:digits_mlp", *out, exit_code=BAD_DATA, says="no layer")
        refused("factorize", "zoo:mobilenet_v1?form=cifar&width=0.25", *out, exit_code=BAD_DATA, says="depthwise")
        refused("factorize", "zoo:resnet8", "--method", "magic", *out, exit_code=USAGE, says="magic")
