"""Files that `pare convert -o net.pare` writes hold, for a reader that knows the format from its description alone, the
weights of the ONNX file; and ONNX Runtime computes the same from what comes back."""

import pathlib
import tempfile

import numpy
import onnx
from onnx import numpy_helper

import pare_file
from checking import onnxruntime_outputs, pare, pare_json, require, require_close

# The same file: nothing is rounded.
SAME_FILE = 0
NETWORK = "zoo:digits_mlp"


def compare(folder: pathlib.Path, network: pathlib.Path | str) -> str:
    """Converts a network to .pare and back; says which codecs were used and what share of the bytes is left."""
    before, packed, after = folder / "before.onnx", folder / "packed.pare", folder / "after.onnx"
    pare("convert", network, "-o", before, "--force")
    pare("convert", before, "-o", packed, "--force")
    pare("convert", packed, "-o", after, "--force")
    require(before.read_bytes() == after.read_bytes(), "the ONNX file did not come back byte for byte")
    expected = {t.name: numpy_helper.to_array(t) for t in onnx.load(before).graph.initializer}
    model, weights = pare_file.read(packed.read_bytes())
    onnx.checker.check_model(model, full_check=True)
    require({weight.name for weight in weights} == set(expected), "other weights")
    for weight in weights:
        same = weight.elements.tobytes() == expected[weight.name].tobytes()
        require(same and weight.elements.shape == expected[weight.name].shape, f"{weight.name} is another")
    rebuilt = folder / "rebuilt.onnx"
    onnx.save(model, rebuilt)
    inputs = {i.name: numpy.random.default_rng(0).random((2, *shape(i)), numpy.float32) for i in model.graph.input}
    require_close(onnxruntime_outputs(rebuilt, inputs), onnxruntime_outputs(before, inputs), SAME_FILE, "ONNX Runtime")
    listed = pare_json("inspect", packed)["stored"]
    require([entry["codec"] for entry in listed] == [weight.codec for weight in weights], "inspect lists other codecs")
    share = packed.stat().st_size / before.stat().st_size
    return f"{'/'.join(sorted({weight.codec for weight in weights}))} {share:.2f}"


def shape(value) -> list[int]:
    """The extents of an input behind the batch."""
    return [extent.dim_value for extent in value.type.tensor_type.shape.dim[1:]]


def check_dense_pruned_and_quantized():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        training = ["--data", "digits", "--epochs", "5"]
        trained, sparse, blocks = folder / "trained.onnx", folder / "sparse.onnx", folder / "blocks.onnx"
        pare("train", NETWORK, *training, "-o", trained)
        pare("prune", trained, *training, "--sparsity", "0.9", "--granularity", "weight", "-o", sparse)
        pare("prune", trained, *training, "--sparsity", "0.8", "--granularity", "block:1x16", "-o", blocks)
        quantized = folder / "int8.onnx"
        pare("quantize", sparse, "--data", "digits", "-o", quantized)
        return ", ".join(f"{path.stem} {compare(folder, path)}" for path in (trained, sparse, blocks, quantized))
