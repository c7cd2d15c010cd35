"""How long a network takes to compile: MobileNetV2 as PyTorch exports it, without tuning."""

import statistics
import warnings

from checking import pare_json, require
from material import work_folder

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
