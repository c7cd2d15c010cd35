"""What is faster and rounds more: bfloat16, and Winograd's algorithm, against float32 and plain sums of products."""

import statistics
import tempfile
from pathlib import Path

import numpy

from checking import infer, pare, pare_json, relative_error, require
from material import images_folder, preparation, work_folder

SEEDS = (0, 1, 2)
EPOCHS = 4
# What three seeds cannot tell from nothing: their own spread at this schedule is 0.5 to 1 point.
TOLERANCE = 0.01
# The most that Winograd's algorithm may change of a network's scores, relative to the largest.
WINOGRAD_ERROR = 1e-4


def trained_top1(name: str, seed: int, *options: str) -> float:
    """Top-1 on the whole test split of a ResNet-20 trained from scratch (some minutes)."""
    output = work_folder() / f"resnet20-{name}-{seed}.onnx"
    schedule = ["--epochs", EPOCHS, "--rate", 0.1, "--augmentation", "crop-flip"]
    data = ["--data", f"imagefolder:{images_folder()}", *preparation()]
    report = pare_json("train", "zoo:resnet20", *data, *schedule, *options, "--seed", seed, "-o", output, "--force")
    return report["test"]["top1"]


def as_good(faster: tuple[str, ...], plain: tuple[str, ...]) -> str:
    """Requires that a way to compute trains as well as another, both given as their name and options."""
    top1 = {name: [trained_top1(name, seed, *options) for seed in SEEDS] for name, *options in (plain, faster)}
    means = {name: statistics.mean(values) for name, values in top1.items()}
    line = ", ".join(
        f"{name} {means[name]:.4f} ({' '.join(f'{value:.4f}' for value in values)})" for name, values in top1.items()
    )
    require(means[faster[0]] >= means[plain[0]] - TOLERANCE, f"{line}: {faster[0]} loses more than {TOLERANCE}")
    return line


def check_bfloat16_trains_as_well_as_float32():
    return as_good(("bf16", "--precision", "bf16"), ("f32", "--precision", "f32"))


def check_fast_forms_train_as_well_as_exact_ones():
    return as_good(("f32", "--precision", "f32"), ("exact", "--precision", "f32", "--exact"))


def check_fast_forms_round_little_over_a_whole_network():
    """ResNet-18 at 224 pixels with fresh weights: convolutions of 64 to 512 channels, of which most run by Winograd's
    algorithm."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "resnet18.onnx"
        pare("convert", "zoo:resnet18", "-o", model)
        image = numpy.random.default_rng(0).standard_normal((2, 3, 224, 224), dtype=numpy.float32)
        layers = pare_json("profile", model, "--batch", 2)["layers"]
        require(any(layer["implementation"] == "winograd" for layer in layers), "no layer runs by Winograd's algorithm")
        fast, exact = infer(model, {"input": image}), infer(model, {"input": image}, "--exact")
        error = max(relative_error(fast[name], exact[name]) for name in exact)
    require(error <= WINOGRAD_ERROR, f"scores differ by {error:.1e} of the largest, of {WINOGRAD_ERROR} allowed")
    return f"scores differ by {error:.1e} of the largest"
