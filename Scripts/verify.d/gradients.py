"""ResNet-20's loss, gradients and updates against PyTorch, through the Swift tests that read PARE_REFERENCE."""

import os
import subprocess
import sys

from checking import ROOT, require
from material import images_folder, work_folder
from swift_tests import run_swift_tests

# The Swift tests' names contain this; they compare with the tolerances stated beside them.
FILTER = "PyTorchReference"


def reference():
    folder = work_folder() / "reference"
    if not (folder / "manifest.json").exists():
        script = ROOT / "Scripts" / "reference" / "resnet20_training.py"
        command = [sys.executable, str(script), "--cifar10", str(images_folder()), "--output", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        require(done.returncode == 0, f"{script.name} failed: {done.stderr[-2000:]}")
    return folder


def check_resnet20_against_pytorch():
    count, figures = run_swift_tests(FILTER, {**os.environ, "PARE_REFERENCE": str(reference())}, "gradients")
    return f"{count} tests passed" + (f"; {'; '.join(figures)}" if figures else "")
