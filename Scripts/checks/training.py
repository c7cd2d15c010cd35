"""`pare train`: the same seed gives the same file; interrupted or killed and resumed equals never stopped."""

import pathlib
import signal
import subprocess
import tempfile
import time

from checking import PARE, pare, require

NO_INPUT, CANNOT_WRITE, INTERRUPTED = 66, 73, 130
TRAINING = ("train", "zoo:digits_separable", "--data", "digits", "--threads", "1", "--quiet")


def stopped(arguments: tuple, checkpoint: pathlib.Path, how: signal.Signals) -> int:
    """Starts a training, sends a signal once its first checkpoint is there, and returns how it ended."""
    process = subprocess.Popen([PARE, *map(str, arguments)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(how)
    process.communicate(timeout=60)
    return process.returncode


def check_same_seed_same_bytes():
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder) / f"{name}.onnx" for name in ("a", "b", "c")]
        for file, seed in zip(files, (1, 1, 2), strict=True):
            pare(*TRAINING, "--epochs", 2, "--seed", seed, "-o", file)
        first, second, other = (file.read_bytes() for file in files)
        require(first == second, "two trainings with one seed differ")
        require(first != other, "trainings with different seeds are the same")


def check_killed_and_resumed_equals_never_killed():
    with tempfile.TemporaryDirectory() as folder:
        whole, broken = pathlib.Path(folder) / "whole.onnx", pathlib.Path(folder) / "broken.onnx"
        arguments = (*TRAINING, "--epochs", 60, "--augmentation", "shift")
        pare(*arguments, "-o", whole)
        status = stopped((*arguments, "-o", broken), pathlib.Path(f"{broken}.checkpoint/state"), signal.SIGKILL)
        require(status == -signal.SIGKILL, f"the training ended with {status} before it could be killed")
        require(not broken.exists(), "a killed training left a file")
        pare(*arguments, "-o", broken, exit_code=CANNOT_WRITE)
        pare(*arguments, "-o", broken, "--resume")
        require(whole.read_bytes() == broken.read_bytes(), "killed and resumed differs from never killed")


def check_interruption_writes_a_checkpoint():
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "interrupted.onnx"
        arguments = (*TRAINING, "--epochs", 2000, "-o", file)
        status = stopped(arguments, pathlib.Path(f"{file}.checkpoint/state"), signal.SIGINT)
        require(status == INTERRUPTED, f"an interrupted training ended with {status}")


def check_resume_needs_a_checkpoint():
    with tempfile.TemporaryDirectory() as folder:
        pare(*TRAINING, "-o", pathlib.Path(folder) / "none.onnx", "--resume", exit_code=NO_INPUT)
