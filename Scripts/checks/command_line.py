"""What scripts rely on: exit codes, and that nothing is overwritten unasked."""

import os
import pathlib
import tempfile

from checking import Skip, pare, pare_json, require

USAGE, BAD_DATA, NO_INPUT, CANNOT_WRITE = 64, 65, 66, 73


def check_help_names_the_commands():
    text = pare("--help").stdout
    missing = [name for name in ("inspect", "infer", "evaluate", "profile", "train", "compress") if name not in text]
    require(not missing, f"pare --help does not mention {missing}")


def check_wrong_usage():
    pare("inspect", "--no-such-option", exit_code=USAGE)


def check_missing_model():
    done = pare("inspect", "no/such/file.onnx", exit_code=NO_INPUT)
    require("no/such/file.onnx" in done.stderr, f"the message does not name the file: {done.stderr}")


def check_damaged_model():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "damaged.onnx"
        path.write_bytes(b"\x08\x08\x3a\xff\xff\xff\xff\x0fnothing")
        done = pare("inspect", path, exit_code=BAD_DATA)
        require("damaged.onnx" in done.stderr, f"the message does not name the file: {done.stderr}")


def check_existing_output_is_kept():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "kept.onnx"
        path.write_text("mine", encoding="utf-8")
        pare("train", "zoo:digits_separable", "--data", "digits", "--epochs", 1, "-o", path, exit_code=CANNOT_WRITE)
        require(path.read_text(encoding="utf-8") == "mine", "the existing file was replaced without --force")


def check_no_more_threads_than_processors_it_may_use():
    if not hasattr(os, "sched_setaffinity"):
        raise Skip("this system does not keep a process to some of its processors")
    whole = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(whole)})
        threads = pare_json("profile", "zoo:digits_mlp", "--repeats", 1)["threads"]
    finally:
        os.sched_setaffinity(0, whole)
    require(threads == 1, f"{threads} threads for a process that is kept to one processor")
