"""What scripts rely on: exit codes, and that nothing is overwritten unasked."""

import pathlib
import tempfile

from checking import pare, require

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
