"""The networks that inference is compared on, as PyTorch exports them, and their int8 forms by `pare quantize`."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
OUT = ROOT / "out" / "bench"

# Images that batch normalisation takes its statistics from, and that int8 is calibrated with.
IMAGES = 16
NETWORKS = {"resnet20": 32, "resnet18": 224, "mobilenet_v2": 224, "mobilenet_v3_small": 224, "efficientnet_b0": 224}


def resnet20(file: str = "resnet20-cifar10.onnx") -> pathlib.Path:
    """A trained ResNet-20 of ../shared/models, or, where that is absent, one with random weights."""
    shared = pathlib.Path(os.environ.get("PARE_SHARED", ROOT.parent / "shared")) / "models" / file
    if shared.exists():
        return shared
    path = OUT / "resnet20-random.onnx"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, str(ROOT / "Scripts/reference/resnet20.py"), str(path)], check=True)
    print(f"bench: {shared} is not there; measuring {path} (random weights)", file=sys.stderr)
    return path


def exported(name: str) -> pathlib.Path:
    """torchvision's network of this name with random weights, normalised by the statistics of random images, so that
    activations keep their size to the end."""
    path = OUT / f"{name}.onnx"
    if path.exists():
        return path
    import torch
    import torchvision

    torch.manual_seed(0)
    network, size = torchvision.models.get_model(name), NETWORKS[name]
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network.train()(torch.randn(IMAGES, 3, size, size))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.onnx.export(
        network.eval(), torch.zeros(1, 3, size, size), str(partial), opset_version=17, dynamo=False,
        input_names=["input"], output_names=["logits"], dynamic_axes={"input": [0], "logits": [0]},
    )
    partial.rename(path)
    return path


def network(name: str, precision: str, pare: str) -> pathlib.Path:
    """The file of a network in float32, or int8 (QuantizeLinear and DequantizeLinear around what is quantized)."""
    original = resnet20() if name == "resnet20" else exported(name)
    if precision == "float32":
        return original
    path = OUT / f"{original.stem}-int8.onnx"
    if not path.exists():
        import numpy

        data = OUT / f"{name}-images"
        data.mkdir(parents=True, exist_ok=True)
        images = numpy.random.default_rng(0).standard_normal((IMAGES, 3, NETWORKS[name], NETWORKS[name]))
        numpy.save(data / "input.npy", images.astype(numpy.float32))
        command = [pare, "quantize", str(original), "--data", f"npy:{data}", "-o", str(path), "--quiet"]
        subprocess.run([*command, "--calibration-samples", str(IMAGES)], check=True, stdout=subprocess.DEVNULL)
    return path
