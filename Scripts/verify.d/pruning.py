"""`pare prune` against torch-pruning: ResNet-56 to half of its MACs, with the same epochs of plain training behind it."""

import json
import pathlib
import statistics
import subprocess
import sys

from checking import ROOT, pare_json, require, shared
from material import images_folder, preparation, work_folder

SEEDS = (0, 1)
EPOCHS = 3
MACS = 0.5
# What two seeds each cannot tell from nothing.
NOISE = 0.005
THREADS = 1


def precision() -> str:
    """bfloat16 where the processor multiplies it: PyTorch is very slow at it elsewhere."""
    return "bf16" if "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8") else "f32"


def by_torch_pruning(seed: int) -> dict:
    script = ROOT / "Scripts" / "reference" / "torch_pruning_resnet56.py"
    command = [sys.executable, script, "--model", shared("models/resnet56-cifar10-bn.onnx"), "--cifar10", images_folder()]
    command += ["--macs", MACS, "--epochs", EPOCHS, "--seed", seed, "--threads", THREADS]
    command += ["--precision", precision()]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"{script.name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def by_pare(seed: int, macs: float) -> dict:
    output = work_folder() / f"resnet56-pruned-{seed}.onnx"
    return pare_json(
        "prune", shared("models/resnet56-cifar10-bn.onnx"), "--data", f"imagefolder:{images_folder()}", *preparation(),
        "--criterion", "group", "--target", f"macs={macs:.4f}", "--teacher-weight", 0, "--epochs", EPOCHS, "--seed", seed,
        "--threads", THREADS, "--precision", precision(), "-o", output, "--force",
    )


def removal_seconds(macs: float) -> float:
    """What `pare prune` spends on choosing and removing channels in one step, without measuring what they are worth.

    torch-pruning's time is that of the last of its removals alone, once the share that meets the MACs is found.
    """
    report = pare_json(
        "prune", shared("models/resnet56-cifar10-bn.onnx"), "--data", f"imagefolder:{images_folder()}", *preparation(),
        "--criterion", "group", "--target", f"macs={macs:.4f}", "--selection", "uniform", "--schedule", "one-shot",
        "--epochs", 0, "--threads", THREADS, "-o", work_folder() / "resnet56-removed.onnx", "--force",
    )
    details = {detail["name"]: detail["value"] for stage in report["stages"] for detail in stage["details"]}
    return float(details["choosing and removing channels"].split()[0])


def check_pruned_networks_are_no_worse_than_torch_prunings():
    """At the share of the MACs that torch-pruning's network has, both by the norms of coupled layers and without a teacher."""
    theirs = [by_torch_pruning(seed) for seed in SEEDS]
    ours = [by_pare(seed, other["macs_share"]) for seed, other in zip(SEEDS, theirs, strict=True)]
    top1 = {"pare": [run["after"]["top1"] for run in ours], "torch-pruning": [run["top1"] for run in theirs]}
    means = {name: statistics.mean(values) for name, values in top1.items()}
    line = ", ".join(
        f"{name} {means[name]:.4f} ({' '.join(f'{value:.4f}' for value in values)})" for name, values in top1.items()
    )
    removals = [removal_seconds(other["macs_share"]) for other in theirs]
    seconds = statistics.mean(removals), statistics.mean(run["seconds"] for run in theirs)
    line += f", at {theirs[0]['macs_share']:.3f} of the MACs; removal {seconds[0]:.3f} s, torch-pruning's {seconds[1]:.3f} s"
    require(means["pare"] >= means["torch-pruning"] - NOISE and seconds[0] < seconds[1], line)
    return line
