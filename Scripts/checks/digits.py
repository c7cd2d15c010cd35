"""The main job on the built-in data: what training and compression write runs in ONNX Runtime and says the truth."""

import json
import pathlib
import re
import tempfile

import numpy
import onnx

from checking import infer, interface, once, onnxruntime_outputs, pare_json, require, require_close, require_keys

# Ten digits: chance is 0.1, and a network that learnt nothing stays near it.
LEARNT = 0.8
# A quantized activation may fall on the other side of a rounding tie; a flip moves a logit by about one step of 1/255.
ONE_STEP = 0.02
FLOAT = 1e-4


@once
def folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory()


@once
def trained() -> tuple[pathlib.Path, dict]:
    path = pathlib.Path(folder().name) / "digits.onnx"
    return path, pare_json("train", "zoo:digits_separable", "--data", "digits", "--epochs", 8, "-o", path)


@once
def compressed() -> tuple[pathlib.Path, dict]:
    path = pathlib.Path(folder().name) / "out"
    target = ("--target", "macs=0.5,size=0.25", "--epochs", 4)
    return path, pare_json("compress", trained()[0], "--data", "digits", *target, "-o", path)


def random_input(model: pathlib.Path, batch: int) -> dict:
    name, _, shape = interface(model)[0]
    return {name: numpy.random.default_rng(0).random((batch, *shape[1:]), dtype=numpy.float32)}


def check_training_learns():
    path, report = trained()
    require_keys(report, "epochs output", "train --json")
    require_keys(report["epochs"][0], "epoch train_loss top1 seconds images_per_second", "an epoch of train --json")
    evaluation = pare_json("evaluate", path, "--data", "digits")
    require_keys(evaluation, "top1 top5 loss count seconds", "evaluate --json")
    require(evaluation["top1"] >= LEARNT, f"top-1 {evaluation['top1']} after training (at least {LEARNT})")
    return f"top-1 {evaluation['top1']:.4f} on {evaluation['count']} images"


def check_trained_file_in_onnxruntime():
    path, _ = trained()
    onnx.checker.check_model(onnx.load(path), full_check=True)
    inputs = random_input(path, 7)
    worst = require_close(infer(path, inputs), onnxruntime_outputs(path, inputs), FLOAT, "pare infer")
    return f"within {worst:.1e}"


def check_mixed_precision_writes_float32():
    path = pathlib.Path(folder().name) / "bf16.onnx"
    training = ("train", "zoo:digits_separable", "--data", "digits", "--epochs", 8, "--precision", "bf16")
    pare_json(*training, "-o", path)
    model = onnx.load(path)
    types = {tensor.data_type for tensor in model.graph.initializer}
    floats = {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    require(types <= floats, f"initializers of types {types} after training in bf16")
    inputs = random_input(path, 7)
    require_close(infer(path, inputs), onnxruntime_outputs(path, inputs), FLOAT, "pare infer")
    top1 = pare_json("evaluate", path, "--data", "digits")["top1"]
    require(top1 >= LEARNT, f"top-1 {top1} after training in bf16 (at least {LEARNT})")
    return f"top-1 {top1:.4f}"


def check_compression_reaches_its_target():
    path, report = compressed()
    for side in ("before", "after"):
        require_keys(report[side], "top1 parameters macs file_bytes latency_ms", f"compress --json, {side}")
    before, after = report["before"], report["after"]
    require(after["macs"] <= 0.5 * before["macs"], f"MACs {before['macs']} became {after['macs']}")
    require(after["file_bytes"] <= 0.25 * before["file_bytes"], f"{before['file_bytes']} became {after['file_bytes']} B")
    file_bytes = (path / "model.onnx").stat().st_size
    require(after["file_bytes"] == file_bytes, f"report says {after['file_bytes']} B, the file has {file_bytes}")
    return f"top-1 {before['top1']:.4f} to {after['top1']:.4f}, {before['file_bytes']} to {file_bytes} B"


def check_compressed_file_in_onnxruntime():
    path, _ = compressed()
    model = path / "model.onnx"
    onnx.checker.check_model(onnx.load(model), full_check=True)
    before, after = interface(trained()[0]), interface(model)
    require(before == after, f"inputs and outputs {before} became {after}")
    inputs = random_input(model, 7)
    expected = onnxruntime_outputs(model, inputs, exact=True)
    worst = require_close(infer(model, inputs), expected, ONE_STEP, "pare infer")
    return f"within {worst:.1e}"


def check_quantized_form():
    """Weights are stored as int8 and only dequantized, by a scale an output channel and without zero point."""
    path, _ = compressed()
    graph = onnx.load(path / "model.onnx").graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    quantized = [node.input[0] for node in graph.node if node.op_type == "QuantizeLinear" and node.input[0] in stored]
    require(not quantized, f"weights pass through QuantizeLinear: {quantized}")
    weights = [
        stored[node.input[0]]
        for node in graph.node
        if node.op_type == "DequantizeLinear"
        and node.input[0] in stored
        and stored[node.input[0]].data_type == onnx.TensorProto.INT8
    ]
    require(bool(weights), "no int8 weights under a DequantizeLinear")
    return f"{len(weights)} int8 weights"


def check_report_is_written():
    path, report = compressed()
    html = (path / "report.html").read_text(encoding="utf-8")
    require("<html" in html.lower(), "report.html is no HTML")
    loads = re.findall(r"""(?:src|href)\s*=\s*["']?https?://|url\(\s*["']?https?://|@import""", html)
    require(not loads, f"report.html loads something from the network: {loads}")
    written = json.loads((path / "report.json").read_text(encoding="utf-8"))
    require(written == report, "report.json and --json differ")
