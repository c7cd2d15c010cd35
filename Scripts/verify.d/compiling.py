"""How long a network takes to compile: MobileNetV2 as PyTorch exports it, without tuning, and further widths of it."""

import os
import statistics
import warnings

from checking import pare_json, require
from material import work_folder
from swift_tests import run_swift_tests

MOBILENET_MS = 150
ROUNDS = 5


def check_mobilenet_v2():
    import torch
    import torchvision

    path = work_folder() / "mobilenet_v2.onnx"
    if not path.exists():
        torch.manual_seed(0)
        network = torchvision.models.mobilenet_v2().eval()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(network, torch.zeros(1, 3, 224, 224), path, dynamo=False, opset_version=17)
    times = [pare_json("profile", path, "--repeats", 3)["compile_ms"] for _ in range(ROUNDS)]
    median = statistics.median(times)
    require(median < MOBILENET_MS, f"compiling takes {median:.0f} ms (median of {ROUNDS}); under {MOBILENET_MS} wanted")
    return f"{median:.0f} ms (median of {ROUNDS})"


def check_new_width():
    """A sub-network of a width that was not compiled before, in under 20 ms (the limit stands in the test)."""
    return run_swift_tests("WidthCompilationTests", {**os.environ, "PARE_CLOCK": "1"}, "widths")[1][0]
