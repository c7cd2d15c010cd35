"""Quantized networks on integers against ONNX Runtime: Pare's own and those of ONNX Runtime's quantizer, layer by layer
and on 1,000 test images."""

import math
import pathlib

import numpy
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

import cifar10
from checking import infer, interface, once, onnxruntime_outputs, pare, require, shared
from integer_layers import operators_between, require_equal_layers
from material import images_folder, preparation, work_folder

IMAGES = 1000
CALIBRATION = 100
SIZE = 96

# Random weights carry a single step far; int8 itself costs MobileNetV3-Small 0.15 to 0.23 of its outputs.
WITHIN_OF_RANDOM = 0.2

# Name, type of activations, type of weights, whether activations are symmetric, whether weights have a scale a channel.
FORMS = (
    ("asymmetric uint8", QuantType.QUInt8, QuantType.QInt8, False, True),
    ("asymmetric int8", QuantType.QInt8, QuantType.QInt8, False, False),
    ("symmetric int8", QuantType.QInt8, QuantType.QInt8, True, True),
    ("uint8 weights", QuantType.QUInt8, QuantType.QUInt8, False, False),
)


@once
def test_images() -> tuple[numpy.ndarray, numpy.ndarray]:
    """1,000 test images, as many of each class."""
    entries = cifar10.listing(images_folder(), "test")
    return cifar10.load(entries[:: len(entries) // IMAGES])


class Reader(CalibrationDataReader):
    """Batches of ten of an array."""

    def __init__(self, name: str, values: numpy.ndarray):
        self.batches = iter([{name: values[start : start + 10]} for start in range(0, len(values), 10)])

    def get_next(self):
        return next(self.batches, None)


def quantized_by_onnxruntime(original: pathlib.Path, values: numpy.ndarray, form: tuple) -> pathlib.Path:
    label, activations, weights, symmetric, per_channel = form
    path = work_folder() / f"{original.stem}-{label.replace(' ', '-')}.onnx"
    quantize_static(
        original, path, Reader(interface(original)[0][0], values), quant_format=QuantFormat.QDQ,
        per_channel=per_channel, activation_type=activations, weight_type=weights,
        extra_options={"ActivationSymmetric": symmetric},
    )
    return path


@once
def quantized_by_pare() -> pathlib.Path:
    path = work_folder() / "resnet20-int8.onnx"
    data = f"imagefolder:{images_folder()}"
    pare("quantize", shared("models/resnet20-cifar10.onnx"), "--data", data, *preparation(), "-o", path, "--force")
    return path


def require_equal_top1(path: pathlib.Path) -> str:
    """Top-1 on the test images within two standard deviations of what the images that the two disagree on can do."""
    images, labels = test_images()
    name, output = interface(path)[0][0], interface(path)[-1][0]
    found = infer(path, {name: images})[output].argmax(1) == labels
    expected = onnxruntime_outputs(path, {name: images})[output].argmax(1) == labels
    disagreements = int((found != expected).sum())
    difference = abs(int(found.sum()) - int(expected.sum()))
    require(
        difference <= max(2 * math.sqrt(disagreements), 1), f"{found.sum()} right where ONNX Runtime has {expected.sum()}"
    )
    return f"top-1 {found.mean():.3f} and {expected.mean():.3f}"


def check_pare_quantized_resnet20():
    path = quantized_by_pare()
    between = operators_between(path)
    floats = [op for op in between if op in ("QuantizeLinear", "DequantizeLinear")]
    require(not floats, f"{floats} between the first quantization and the last dequantization")
    layers = require_equal_layers(path, {interface(path)[0][0]: test_images()[0][::50]})
    return f"{layers}; {require_equal_top1(path)}"


def check_onnxruntime_quantized_resnet20():
    original = shared("models/resnet20-cifar10.onnx")
    images = test_images()[0]
    figures = []
    for form in FORMS:
        path = quantized_by_onnxruntime(original, images[:: IMAGES // CALIBRATION], form)
        layers = require_equal_layers(path, {interface(path)[0][0]: images[::50]})
        figures.append(f"{form[0]}: {layers}, {require_equal_top1(path)}")
    return "; ".join(figures)


@once
def mobilenet() -> pathlib.Path:
    """MobileNetV3-Small as PyTorch makes it: depthwise convolutions, hard swish, squeeze and excite. Weights are random,
    batch normalisation has the statistics of random images, so that activations keep their size to the end."""
    import torch
    from torchvision.models import mobilenet_v3_small

    torch.manual_seed(0)
    network = mobilenet_v3_small(num_classes=10)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network.train()(torch.randn(64, 3, SIZE, SIZE))
    path = work_folder() / "mobilenet_v3_small.onnx"
    torch.onnx.export(
        network.eval(), torch.zeros(1, 3, SIZE, SIZE), str(path), opset_version=17,
        dynamo=False, input_names=["x"], output_names=["logits"], dynamic_axes={"x": [0], "logits": [0]},
    )
    return path


def check_mobilenet():
    random = numpy.random.default_rng(0)
    values = random.standard_normal((20, 3, SIZE, SIZE)).astype(numpy.float32)
    data = work_folder() / "mobilenet-data"
    data.mkdir(exist_ok=True)
    numpy.save(data / "x.npy", values)
    own = work_folder() / "mobilenet_v3_small-int8.onnx"
    pare("quantize", mobilenet(), "--data", f"npy:{data}", "-o", own, "--force")
    floats = [op for op in operators_between(own) if op in ("QuantizeLinear", "DequantizeLinear")]
    require(not floats, f"{floats} between the first quantization and the last dequantization")
    onnx.checker.check_model(onnx.load(own))
    figures = [f"pare: {require_equal_layers(own, {'x': values[:4]}, WITHIN_OF_RANDOM)}"]
    for form in FORMS[:3]:
        path = quantized_by_onnxruntime(mobilenet(), values, form)
        figures.append(f"{form[0]}: {require_equal_layers(path, {'x': values[:4]}, WITHIN_OF_RANDOM)}")
    return "; ".join(figures)
