"""The zoo: every network in ONNX Runtime, weights from safetensors files, branches merged and added."""

import pathlib
import tempfile

import numpy
import onnx
from onnx import numpy_helper

from checking import infer, onnxruntime_outputs, pare, pare_json, refused, require, require_close
from safetensors_file import save

BAD_DATA = 65
USAGE = 64
NOT_FOUND = 66

# float32 through up to a hundred and sixty layers, relative to the largest score.
TOLERANCE = 1e-4
# The same network with its kernels summed in another order.
MERGED_TOLERANCE = 1e-5


def narrow(network: dict) -> str:
    """A reference to a network in its form for CIFAR, with few channels."""
    wanted = {"form": "cifar", "growth": "4", "scale": "0.25"}
    names = [option["name"] for option in network["options"]]
    options = [f"{name}={value}" for name, value in wanted.items() if name in names]
    if "width" in names:
        ranges = {option["name"]: option["range"] for option in network["options"]}
        options.append("width=" + ("0.5" if ranges["width"].startswith("0.5,") else "0.125"))
    return f"zoo:{network['name']}" + ("?" + "&".join(options) if options else "")


def check_every_network_in_onnxruntime():
    networks = pare_json("zoo")["networks"]
    worst = (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for network in networks:
            path = pathlib.Path(folder) / f"{network['name']}.onnx"
            reference = narrow(network)
            pare("convert", reference, "-o", path)
            onnx.checker.check_model(str(path), full_check=True)
            shape = [d.dim_value for d in onnx.load(path).graph.input[0].type.tensor_type.shape.dim][1:]
            inputs = {"input": numpy.random.default_rng(0).standard_normal((2, *shape)).astype(numpy.float32)}
            error = require_close(infer(path, inputs), onnxruntime_outputs(path, inputs), TOLERANCE, reference)
            worst = max(worst, (error, network["name"]))
    return f"{len(networks)} networks, logits within {worst[0]:.1e} ({worst[1]})"


def exported(reference: str, folder: str) -> tuple[pathlib.Path, dict]:
    """A network's file and its weights by name."""
    path = pathlib.Path(folder) / "network.onnx"
    pare("convert", reference, "-o", path, "--force")
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    return path, tensors


def check_weights_from_safetensors():
    reference = "zoo:mobilenet_v2?form=cifar&width=0.25"
    with tempfile.TemporaryDirectory() as folder:
        path, tensors = exported(f"{reference}&seed=5", folder)
        inputs = {"input": numpy.random.default_rng(0).standard_normal((2, 3, 32, 32)).astype(numpy.float32)}
        expected = infer(path, inputs)
        weights, again = pathlib.Path(folder) / "w.safetensors", pathlib.Path(folder) / "again.onnx"
        tensors = {name: value for name, value in tensors.items() if value.dtype == numpy.float32 and value.ndim > 0}
        counters = {"features.0.1.num_batches_tracked": numpy.int64(3)}

        save(tensors | counters, weights)
        pare("convert", reference, "--weights", weights, "-o", again)
        require_close(infer(again, inputs), expected, 0, "the network with loaded weights")
        history = pare_json("inspect", again)["history"]
        require(any("loaded" in line for line in history), f"the history says nothing of loaded weights: {history}")

        # As a network that was fine-tuned on other classes: the classifier does not fit.
        save(tensors | {"classifier.1.weight": numpy.zeros((7, 1280), numpy.float32)}, weights)
        says = "1 misshapen classifier.1.weight:"
        refused("inspect", reference, "--weights", weights, exit_code=BAD_DATA, says=says)
        pare("inspect", reference, "--weights", weights, "--partial-weights")

        del tensors["features.0.0.weight"]
        save(tensors | {"head.bias": numpy.zeros(3, numpy.float32)}, weights)
        says = "1 missing 1 unexpected (head.bias)"
        refused("train", reference, "--weights", weights, "--data", "digits", "-o", again, "--force",
                exit_code=BAD_DATA, says=says)  # fmt: skip

        weights.write_bytes(weights.read_bytes()[:-100])
        refused("inspect", reference, "--weights", weights, exit_code=BAD_DATA, says="tensor")
        weights.write_bytes(b"\xff" * 100)
        refused("inspect", reference, "--weights", weights, exit_code=BAD_DATA, says="safetensors")
        refused("inspect", reference, "--weights", f"{folder}/none", exit_code=NOT_FOUND)
        refused("inspect", reference, "--partial-weights", exit_code=USAGE)


def check_branches_are_merged_and_added():
    reference = "zoo:repvgg_a0?form=cifar&width=0.125"
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        path, tensors = exported(reference, folder)
        random = numpy.random.default_rng(0)
        moved = {
            name: random.uniform(0.5, 1.5, value.shape).astype(numpy.float32) if value.ndim == 1 else value
            for name, value in tensors.items()
        }
        weights = pathlib.Path(folder) / "w.safetensors"
        save(moved, weights)
        plain, branched = (pathlib.Path(folder) / f"{name}.onnx" for name in ("plain", "branched"))
        pare("convert", reference, "--weights", weights, "-o", path, "--force")
        inputs = {"input": random.standard_normal((2, 3, 32, 32)).astype(numpy.float32)}
        expected = onnxruntime_outputs(path, inputs)

        merged = pare_json("reparameterize", path, "-o", plain)
        operators = {node.op_type for node in onnx.load(plain).graph.node}
        require(not operators & {"Add", "BatchNormalization"}, f"the plain network has {operators}")
        require(merged["largest_difference"] <= MERGED_TOLERANCE, f"it says {merged['largest_difference']}")
        figures.append(require_close(onnxruntime_outputs(plain, inputs), expected, MERGED_TOLERANCE, "merged"))

        expanded = pare_json("reparameterize", plain, "--expand", "-o", branched)
        require(expanded["after"]["parameters"] == merged["before"]["parameters"], "other branches than before")
        figures.append(require_close(onnxruntime_outputs(branched, inputs), expected, MERGED_TOLERANCE, "expanded"))
        again = pare_json("reparameterize", branched, "--expand", "-o", branched, "--force")
        require(again["after"] == expanded["after"], "branches of branches")
        refused("reparameterize", plain, "-o", branched, "--force", exit_code=BAD_DATA, says="no branches")
        refused("reparameterize", "zoo:lenet5", "--expand", "-o", branched, "--force", exit_code=BAD_DATA, says="padded")
    return "logits within " + ", ".join(f"{figure:.1e}" for figure in figures) + " merged and expanded"
