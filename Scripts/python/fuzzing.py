"""Feeds mutated ONNX and .pare files to the fuzz driver (Tests/FuzzDriver), which reads, compiles, runs and writes each, and
collects what must not happen: a crash, a hang, much memory, or an error that is no clear refusal."""

import collections
import dataclasses
import os
import pathlib
import re
import resource
import select
import struct
import subprocess
import tempfile
import time
import warnings

import google.protobuf.message
import numpy
import onnx
from onnx import numpy_helper

import mutations
import pare_file

CPU_SECONDS = 5
# The processors of test machines are shared: a file may wait this long for its CPU seconds.
WALL_SECONDS = 60
MEMORY_KIB = 1 << 20
# Refusals of what no machine holds need a limit below the machine's own; beyond it allocation would fail.
ADDRESS_SPACE = 3 << 30
# One file in so many is a .pare file.
PARE_SHARE = 5


@dataclasses.dataclass
class Finding:
    """A file that went wrong."""

    index: int
    kind: str
    detail: str
    data: bytes


@dataclasses.dataclass
class Result:
    """What became of all files."""

    count: int = 0
    parsed: int = 0
    outcomes: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    findings: list = dataclasses.field(default_factory=list)

    def summary(self) -> str:
        """One line of figures."""
        parts = [f"{self.outcomes[name]} {name}" for name in sorted(self.outcomes)]
        return (
            f"{self.count} files, {100 * self.parsed / max(self.count, 1):.0f} % past protobuf parsing: "
            f"{', '.join(parts)}; {len(self.findings)} findings"
        )


class Driver:
    """The driver's process, started again after a crash."""

    def __init__(self, executable: pathlib.Path):
        self.executable = executable
        self.process = None

    def start(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))

        environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [self.executable], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, preexec_fn=limit,
            env=environment,
        )

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.errors.close()
            self.process = None

    def cpu_seconds(self) -> float:
        """The processor time that the driver has used."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_kib(self) -> int:
        """The most memory that the driver has had resident."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1])

    def outcome(self, path: pathlib.Path) -> tuple:
        """What became of a file: outcome and detail; "crash", "hang" and "memory" are the supervisor's own."""
        if self.process is None:
            self.start()
        used, started = self.cpu_seconds(), time.monotonic()
        self.process.stdin.write(f"{path}\n".encode())
        self.process.stdin.flush()
        while not select.select([self.process.stdout], [], [], 0.25)[0]:
            late = time.monotonic() - started > WALL_SECONDS
            if late or self.cpu_seconds() - used > CPU_SECONDS:
                self.stop()
                return "hang", f"over {CPU_SECONDS} s"
        line = self.process.stdout.readline().decode(errors="replace").rstrip("\n")
        if not line:
            status = self.process.wait()
            self.errors.seek(0)
            said = self.errors.read().decode(errors="replace").strip()[-600:]
            self.stop()
            return "crash", f"status {status}: {said}"
        outcome, detail = line.split("\t")
        peak = self.peak_kib()
        if peak > MEMORY_KIB:
            self.stop()
            return "memory", f"{peak >> 10} MiB resident ({outcome})"
        return outcome, detail


def corpus(pare) -> list:
    """Serialized models to mutate: ONNX's node tests, and small networks that `pare` writes."""
    from onnx.backend.test import loader

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = [case.model.SerializeToString() for case in loader.load_model_tests(kind="node")]
    models = [model for model in models if len(model) < 100_000]
    with tempfile.TemporaryDirectory() as folder:
        networks = []
        for name in ("digits_separable", "digits_mlp", "resnet8"):
            path = pathlib.Path(folder) / f"{name}.onnx"
            convert(pare, f"zoo:{name}", path)
            networks.append(path.read_bytes())
        path = pathlib.Path(folder) / "quantized.onnx"
        subprocess.run(
            [pare, "quantize", "zoo:digits_separable", "--data", "digits", "-o", path, "--quiet"], check=False,
            capture_output=True,
        )
        if path.exists():
            networks.append(path.read_bytes())
    # Whole networks are few beside the node tests; each stands often enough to make a third of all.
    return models + networks * (len(models) // (2 * len(networks)))


def packed(pare) -> list:
    """Small .pare files to mutate: a dense network, one with single weights set to zero, and one with columns of them."""
    files = []
    with tempfile.TemporaryDirectory() as folder:
        network, zeros, path = (pathlib.Path(folder) / name for name in ("network.onnx", "zeros.onnx", "network.pare"))
        convert(pare, "zoo:digits_mlp?width=0.5", network)
        chance = numpy.random.default_rng(0)
        for kept in (
            lambda shape: True, lambda shape: chance.random(shape) < 0.1, lambda shape: chance.random(shape[1:]) < 0.2,
        ):
            model = onnx.load(network)
            for tensor in model.graph.initializer:
                values = numpy_helper.to_array(tensor)
                if values.ndim > 1:
                    tensor.raw_data = numpy.where(kept(values.shape), values, values.dtype.type(0)).tobytes()
            onnx.save(model, zeros)
            convert(pare, zeros, path)
            files.append(path.read_bytes())
    return files


def convert(pare, network, path) -> None:
    """Writes a network to a file."""
    subprocess.run([pare, "convert", network, "-o", path, "--quiet", "--force"], check=True, capture_output=True)


def is_parsed(data: bytes) -> bool:
    """Whether protobuf takes the bytes for a model with a graph, or they are the sections of a .pare file."""
    try:
        if data.startswith(pare_file.MAGIC):
            return len(pare_file.sections(data)) > 0
        return onnx.load_from_string(data).HasField("graph")
    except (google.protobuf.message.DecodeError, ValueError, AssertionError, struct.error):
        return False


def fuzz(driver: pathlib.Path, pare, count: int, seed: int, on_progress=None) -> Result:
    """Runs `count` files made from a seed."""
    import random

    models, packed_models = corpus(pare), packed(pare)
    result, runner = Result(), Driver(driver)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "fuzzed.onnx"
        for index in range(count):
            chance = random.Random(seed * 1_000_003 + index)
            base = chance.choice(models)
            data = mutations.mutated(base, models, seed * 1_000_003 + index)
            if index % PARE_SHARE == PARE_SHARE - 1:
                data = mutations.mutated_pare(chance.choice(packed_models), models, seed * 1_000_003 + index)
            path.write_bytes(data)
            outcome, detail = runner.outcome(path)
            result.count += 1
            result.parsed += is_parsed(data)
            result.outcomes[outcome] += 1
            if outcome in ("crash", "hang", "memory", "fault"):
                result.findings.append(Finding(index, outcome, detail, data))
            if on_progress:
                on_progress(result)
    runner.stop()
    return result
