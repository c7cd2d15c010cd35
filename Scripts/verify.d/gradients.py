"""ResNet-20's loss, gradients and updates against PyTorch, through the Swift tests that read PARE_REFERENCE."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

from checking import ROOT, require
from material import images_folder, work_folder

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
    results = work_folder() / "gradients.xml"
    results.unlink(missing_ok=True)
    scratch = os.environ.get("PARE_TEST_SCRATCH", ".build-test")
    command = ["swift", "test", "-c", "release", "--scratch-path", scratch, "-Xswiftc", "-enable-testing"]
    command += ["--no-parallel", "--disable-xctest", "--filter", FILTER, "--xunit-output", str(results)]
    environment = {**os.environ, "PARE_REFERENCE": str(reference())}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("✘", "figure:"))]
    require(done.returncode == 0, f"swift test --filter {FILTER} failed:\n" + "\n".join(lines or [done.stderr[-3000:]]))
    require(results.exists(), f"swift test --filter {FILTER} wrote no results")
    cases = list(ElementTree.parse(results).iter("testcase"))
    skipped = [case.get("name") for case in cases if case.find("skipped") is not None]
    require(bool(cases), f"no test matches {FILTER}")
    require(not skipped, f"skipped though PARE_REFERENCE is set: {skipped}")
    figures = "; ".join(line.removeprefix("figure:").strip() for line in lines if line.startswith("figure:"))
    return f"{len(cases)} tests passed" + (f"; {figures}" if figures else "")
