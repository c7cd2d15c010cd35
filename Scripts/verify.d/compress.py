"""The main job at full size: ResNet-20 on CIFAR-10 to half the work and a quarter of the bytes, judged by others."""

import json
import pathlib
import statistics
import sys

import numpy
import onnx

import cifar10
from checking import PARE, ROOT, interface, once, pare, require, session, shared
from material import images_folder, preparation, work_folder

sys.path.insert(0, str(ROOT / "Benchmarks"))

from rounds import interleave, median_ratio, p50_ms  # noqa: E402  (found through the line above)

TOP1_AGREEMENT = 0.003
LATENCY_LEFT = 0.55
LARGEST_DROP = 0.01
LARGEST_DROP_OF_LONG_TRAINING = 0.005
ROUNDS = 7
THREADS = "2"


def original() -> pathlib.Path:
    return shared("models/resnet20-cifar10.onnx")


def compress(name: str, model: pathlib.Path, epochs: int, *options: str) -> tuple[pathlib.Path, dict]:
    """The folder that the acceptance command wrote for a network, and its report (some tens of minutes)."""
    output = work_folder() / name
    command = ["compress", model, "--data", f"imagefolder:{images_folder()}", *preparation()]
    command += ["--teacher", shared("models/resnet56-cifar10.onnx"), "--target", "macs=0.5,size=0.25"]
    command += ["--epochs", epochs, *options, "-o", output, "--force", "--json"]
    print(f"running pare {' '.join(map(str, command))}", flush=True)
    return output, json.loads(pare(*command).stdout)


@once
def compressed() -> tuple[pathlib.Path, dict]:
    return compress("compressed", original(), 12)


def accuracy(report: dict, largest_drop: float | None = None) -> str:
    before, after = report["before"], report["after"]
    drop = before["top1"] - after["top1"]
    line = f"top-1 {before['top1']:.4f} to {after['top1']:.4f}, MACs {after['macs'] / before['macs']:.3f} of original"
    if largest_drop is not None:
        require(drop <= largest_drop + 1e-9, f"{line}; at most {100 * largest_drop:.1f} points may go")
    return line


def check_accuracy():
    return accuracy(compressed()[1], LARGEST_DROP)


def check_accuracy_after_30_epochs():
    return accuracy(compress("compressed-30", original(), 30)[1], LARGEST_DROP_OF_LONG_TRAINING)


def check_accuracy_with_batch_normalization_in_the_file():
    return accuracy(compress("compressed-bn", shared("models/resnet20-cifar10-bn.onnx"), 12)[1], LARGEST_DROP)


def check_accuracy_without_batch_normalization():
    """How much the re-inserted batch normalisation is worth: only reported."""
    return accuracy(compress("compressed-folded", original(), 12, "--keep-folded")[1])


def check_targets():
    output, report = compressed()
    before, after = report["before"], report["after"]
    size = (output / "model.onnx").stat().st_size
    require(after["macs"] <= 0.5 * before["macs"], f"MACs {before['macs']} became {after['macs']}")
    require(size <= 0.25 * original().stat().st_size, f"{original().stat().st_size} bytes became {size}")
    require(size == after["file_bytes"], f"the report says {after['file_bytes']} bytes, the file has {size}")
    return (
        f"MACs {after['macs'] / before['macs']:.3f} and bytes {size / original().stat().st_size:.3f} of original, "
        f"top-1 {before['top1']:.4f} to {after['top1']:.4f}"
    )


def check_top1_in_onnxruntime():
    output, report = compressed()
    model = output / "model.onnx"
    onnx.checker.check_model(onnx.load(model), full_check=True)
    require(interface(model) == interface(original()), f"{interface(original())} became {interface(model)}")
    runtime = session(model)
    entries = cifar10.listing(images_folder(), "test")
    correct = 0
    for start in range(0, len(entries), 500):
        x, labels = cifar10.load(entries[start : start + 500])
        (logits,) = runtime.run(None, {"input": x})
        correct += int(numpy.count_nonzero(logits.argmax(axis=1) == labels))
    top1, ours = correct / len(entries), report["after"]["top1"]
    require(abs(top1 - ours) <= TOP1_AGREEMENT + 1e-9, f"top-1 {top1:.4f} in ONNX Runtime, {ours:.4f} in the report")
    return f"top-1 {top1:.4f} in ONNX Runtime, {ours:.4f} in the report"


def latency_ratio(command) -> str:
    """p50 at batch 1 of the file written over that of the input, both measured by `command(model)` in turn."""
    output, _ = compressed()
    models = {"before": original(), "after": output / "model.onnx"}
    figures = interleave({name: lambda model=model: p50_ms(command(model)) for name, model in models.items()}, ROUNDS)
    ratio = median_ratio(figures["after"], figures["before"])
    medians = {name: statistics.median(values) for name, values in figures.items()}
    line = f"p50 {medians['before']:.3f} to {medians['after']:.3f} ms, ratio {ratio:.3f} (at most {LATENCY_LEFT})"
    require(ratio <= LATENCY_LEFT, line)
    return line


def check_latency_in_onnxruntime():
    peer = ROOT / "Benchmarks" / "peers" / "onnxruntime_latency.py"
    return latency_ratio(lambda model: [sys.executable, str(peer), str(model), "--threads", THREADS])


def check_latency_in_pare():
    return latency_ratio(lambda model: [PARE, "profile", str(model), "--threads", THREADS, "--json"])
