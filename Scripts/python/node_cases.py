"""ONNX's own conformance cases of single nodes (onnx.backend.test, kind "node"), each run through `pare infer`."""

import concurrent.futures
import dataclasses
import functools
import os
import pathlib
import re
import subprocess
import tempfile
import warnings

import numpy
import onnx
import onnx.numpy_helper

# The operators that Pare promises to run, in the order of the documentation.
OPERATORS = """
    Conv ConvTranspose Gemm MatMul
    MaxPool AveragePool GlobalMaxPool GlobalAveragePool
    BatchNormalization LayerNormalization InstanceNormalization GroupNormalization
    Relu LeakyRelu PRelu Elu Selu Gelu Clip Sigmoid HardSigmoid HardSwish Tanh Softmax LogSoftmax
    Add Sub Mul Div Pow Sum Min Max Where Sqrt Exp Log Erf Neg Abs Sign
    Reshape Flatten Squeeze Unsqueeze Transpose Concat Split Slice Pad Expand Gather DepthToSpace SpaceToDepth Resize
    Shape Constant ConstantOfShape
    ReduceMean ReduceSum ReduceMax ArgMax TopK
    QuantizeLinear DequantizeLinear QLinearConv QLinearMatMul ConvInteger MatMulInteger DynamicQuantizeLinear
    Identity Dropout Cast
""".split()

# The element types of the promise.
TYPES = {numpy.dtype(name) for name in ("float32", "int64", "int32", "int8", "uint8", "bool")}

# What NPY files hold.
READABLE = {numpy.dtype(name) for name in "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split()}

# Wider and narrower floats are computed and handed out in float32; the tolerance is the narrower type's.
WIDENED = {"float64": 1e-3, "float16": 2e-3, "bfloat16": 2e-2}

DONE, BAD_DATA = 0, 65
REFUSAL = "pare: error: not supported: "


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of one case."""

    name: str
    # The operator of a case that is a single node on Pare's types; None for all others.
    operator: str | None
    # "passed", "refused" (with the error that says so), or "wrong": another result, a crash, another error.
    verdict: str
    reason: str = ""


def load() -> list:
    """All cases, in their own order."""
    from onnx.backend.test import loader

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return loader.load_model_tests(kind="node")


def operator_of(case) -> str | None:
    """The operator of a case that is a single standard node on Pare's types."""
    nodes = case.model.graph.node
    arrays = [_array(value) for values in case.data_sets[0] for value in values]
    if len(nodes) != 1 or nodes[0].domain not in ("", "ai.onnx"):
        return None
    return nodes[0].op_type if all(array is not None and array.dtype in TYPES for array in arrays) else None


@functools.cache
def outcomes_of(pare: str) -> tuple[Outcome, ...]:
    """The outcome of every case, in their own order."""
    return tuple(run(pare, load()))


def run(pare: str, cases: list) -> list[Outcome]:
    """The outcomes of some cases; as many processes run at once as there are processors."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda case: _outcome(pare, case), cases))


def _array(value) -> numpy.ndarray | None:
    """A case's value as an array; None for texts, sequences, absent values and floats of eight bits and fewer."""
    if isinstance(value, onnx.TensorProto):
        value = onnx.numpy_helper.to_array(value)
    if not isinstance(value, numpy.ndarray | numpy.generic):
        return None
    array = numpy.asarray(value)
    return array if array.dtype in READABLE or str(array.dtype) == "bfloat16" else None


def _outcome(pare: str, case) -> Outcome:
    with tempfile.TemporaryDirectory() as name:
        verdict, reason = _verdict(pare, case, pathlib.Path(name))
    return Outcome(case.name, operator_of(case), verdict, reason)


def _verdict(pare: str, case, folder: pathlib.Path) -> tuple[str, str]:
    inputs, outputs = ([_array(value) for value in values] for values in case.data_sets[0])
    onnx.save(case.model, folder / "model.onnx")
    command = [pare, "infer", str(folder / "model.onnx"), "--output-dir", str(folder / "out"), "--threads", "1"]
    for index, (port, value) in enumerate(zip(case.model.graph.input, inputs, strict=True)):
        # What NPY cannot hold is refused before its value matters; bfloat16 is read from wider floats.
        if value is None or value.dtype not in READABLE:
            value = numpy.zeros(1, numpy.float32) if value is None else value.astype(numpy.float32)
        numpy.save(folder / f"{index}.npy", value)
        command += ["--input", f"{port.name}={folder / f'{index}.npy'}"]
    environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    said = done.stderr.strip()
    if done.returncode == BAD_DATA and said.startswith(REFUSAL):
        return "refused", said.removeprefix(REFUSAL)
    if done.returncode != DONE:
        return "wrong", f"ended with {done.returncode}: {said[-300:]}"
    for port, expected in zip(case.model.graph.output, outputs, strict=True):
        found = numpy.load(folder / "out" / f"{re.sub(r'[^A-Za-z0-9._-]', '_', port.name)}.npy")
        difference = _difference(found, expected, case.rtol, case.atol)
        if difference:
            return "wrong", f"output {port.name} {difference}"
    return "passed", ""


def _difference(found: numpy.ndarray, expected, rtol: float, atol: float) -> str:
    """What tells two outputs apart; empty where they agree."""
    if expected is None:
        return "is an array of numbers where none was expected"
    if found.shape != expected.shape:
        return f"has shape {found.shape} where {expected.shape} was expected"
    if found.dtype != expected.dtype:
        if str(expected.dtype) not in WIDENED or found.dtype != numpy.float32:
            return f"is {found.dtype} where {expected.dtype} was expected"
        rtol = atol = WIDENED[str(expected.dtype)]
        expected = expected.astype(numpy.float64)
    if found.dtype.kind != "f":
        count = int((found != expected).sum())
        return f"differs in {count} of {found.size} elements" if count else ""
    if numpy.allclose(found, expected, rtol=rtol, atol=atol, equal_nan=True):
        return ""
    with numpy.errstate(invalid="ignore"):
        largest = numpy.nanmax(numpy.abs(found.astype(numpy.float64) - expected))
    return f"differs by up to {largest:.2e}"
