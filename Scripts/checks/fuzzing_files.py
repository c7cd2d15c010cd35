"""A thousand mutated ONNX and .pare files, always the same: none may crash, hang, or take much memory (Scripts/fuzz runs more)."""

import pathlib

import fuzzing
from checking import PARE, Skip, require

COUNT = 1000
SEED = 1
PARSED = 0.3


def check_mutated_files():
    driver = pathlib.Path(PARE).parent / "FuzzDriver"
    if not driver.exists():
        raise Skip(f"{driver} is not there; swift build makes it")
    result = fuzzing.fuzz(driver, PARE, COUNT, SEED)
    require(not result.findings, "; ".join(f"file {f.index}: {f.kind} {f.detail}" for f in result.findings[:5]))
    require(result.parsed >= PARSED * COUNT, f"only {result.parsed} of {COUNT} files get past protobuf parsing")
    return result.summary()
