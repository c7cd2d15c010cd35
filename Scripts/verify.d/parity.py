"""Pare reproduces the networks trained elsewhere: top-1 on the whole test split, and logits of ONNX Runtime."""

import re

import numpy

import cifar10
from checking import infer, onnxruntime_outputs, pare_json, require, require_close, shared
from material import images_folder, preparation

TOP1_TOLERANCE = 0.0005
LOGIT_TOLERANCE = 1e-4
IMAGES = 256


def published_top1(file: str) -> float:
    """The figure of a file in the table of ../shared/models/README.md."""
    table = shared("models/README.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| *{re.escape(file)} *\|.*\| *([0-9.]+) *\|$", table, re.MULTILINE)
    require(row is not None, f"models/README.md has no figure for {file}")
    return float(row.group(1))


def parity(file: str) -> str:
    model, images = shared(f"models/{file}"), images_folder()
    expected = published_top1(file)
    result = pare_json("evaluate", model, "--data", f"imagefolder:{images}", *preparation())
    require(result["count"] == 10_000, f"evaluated {result['count']} images of 10,000")
    drift = abs(result["top1"] - expected)
    require(drift <= TOP1_TOLERANCE + 1e-9, f"top-1 {result['top1']:.4f}, published {expected:.4f}")

    entries = cifar10.listing(images, "test")
    chosen = numpy.random.default_rng(0).permutation(len(entries))[:IMAGES]
    inputs = {"input": cifar10.load([entries[index] for index in chosen])[0]}
    worst = require_close(infer(model, inputs), onnxruntime_outputs(model, inputs), LOGIT_TOLERANCE, "logits")
    return f"top-1 {result['top1']:.4f} (published {expected:.4f}), logits of {IMAGES} images within {worst:.1e}"


def check_resnet20():
    return parity("resnet20-cifar10.onnx")


def check_resnet20_with_batch_normalization():
    return parity("resnet20-cifar10-bn.onnx")


def check_resnet56():
    return parity("resnet56-cifar10.onnx")


def check_resnet56_with_batch_normalization():
    return parity("resnet56-cifar10-bn.onnx")
