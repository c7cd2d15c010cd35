"""Quantized networks run on integers, and give the integers that ONNX Runtime gives."""

import pathlib
import tempfile

import numpy

from checking import interface, once, pare, require, shared
from integer_layers import operators_between, require_equal_layers


@once
def folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory()


def noise(count: int, seed: int) -> numpy.ndarray:
    """Images of smooth noise: what a network sees is neither constant nor without structure."""
    random = numpy.random.default_rng(seed)
    coarse = random.random((count, 3, 8, 8), dtype=numpy.float32).repeat(4, axis=2).repeat(4, axis=3)
    return coarse * 0.8 + random.random((count, 3, 32, 32), dtype=numpy.float32) * 0.2


@once
def quantized() -> pathlib.Path:
    """ResNet-20, calibrated on noise: which numbers its scales are does not matter here."""
    original = shared("models/resnet20-cifar10.onnx")
    name = interface(original)[0][0]
    data = pathlib.Path(folder().name) / "data"
    data.mkdir()
    numpy.save(data / f"{name}.npy", noise(32, 0) * 4 - 2)
    path = pathlib.Path(folder().name) / "q.onnx"
    pare("quantize", original, "--data", f"npy:{data}", "-o", path)
    return path


def check_no_floats_between():
    between = operators_between(quantized())
    floats = [op for op in between if op in ("QuantizeLinear", "DequantizeLinear", "Add", "Relu", "AveragePool", "Gemm")]
    require(not floats, f"{floats} run on floats between the first quantization and the last product")
    return f"{len(between)} operations on integers"


def check_layers_equal_onnxruntime():
    name = interface(quantized())[0][0]
    return require_equal_layers(quantized(), {name: noise(4, 1) * 4 - 2})
