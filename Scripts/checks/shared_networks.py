"""The networks trained elsewhere (../shared/models), both of PyTorch's forms, against ONNX Runtime."""

import numpy

from checking import infer, onnxruntime_outputs, pare_json, require, require_close, shared

TOLERANCE = 1e-4
# Counted by hand from He et al. (2016), option A; batch normalisation's scale and shift are parameters.
RESNET20_PARAMETERS, RESNET20_MACS = 269_722, 40_551_040


def agreement(name: str) -> str:
    model = shared(f"models/{name}.onnx")
    worst = 0.0
    for batch in (1, 3):
        shape = (batch, 3, 32, 32)
        inputs = {"input": numpy.random.default_rng(batch).standard_normal(shape).astype(numpy.float32)}
        worst = max(worst, require_close(infer(model, inputs), onnxruntime_outputs(model, inputs), TOLERANCE, name))
    return f"within {worst:.1e}"


def check_resnet20():
    return agreement("resnet20-cifar10")


def check_resnet20_with_batch_normalization():
    return agreement("resnet20-cifar10-bn")


def check_resnet56():
    return agreement("resnet56-cifar10")


def check_resnet56_with_batch_normalization():
    return agreement("resnet56-cifar10-bn")


def check_counts():
    counts = pare_json("inspect", shared("models/resnet20-cifar10-bn.onnx"))
    found = counts["parameters"], counts["macs"]
    require(found == (RESNET20_PARAMETERS, RESNET20_MACS), f"parameters and MACs {found}")
