"""What the checks share: running pare, running ONNX Runtime, comparing the two, and finding what lies beside the repo."""

import functools
import json
import os
import pathlib
import re
import resource
import subprocess
import tempfile

import numpy
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARE = os.environ.get("PARE", str(ROOT / ".build" / "release" / "pare"))


class Skip(Exception):
    """A check that cannot run here; the message says what is missing."""


class Failure(AssertionError):
    """A requirement that does not hold; the message says which and by how much."""


def require(condition: bool, message: str) -> None:
    """Fails the check with a message unless the condition holds."""
    if not condition:
        raise Failure(message)


def once(function):
    """Runs a function without arguments at its first call only; every call gives its result, or raises its failure."""

    @functools.cache
    def outcome():
        try:
            return function(), None
        except Exception as error:
            return None, error

    def first_outcome():
        result, error = outcome()
        if error:
            raise error
        return result

    return first_outcome


def shared(path: str) -> pathlib.Path:
    """A file or folder of the material beside the repository (../shared, or the folder PARE_SHARED names)."""
    found = pathlib.Path(os.environ.get("PARE_SHARED", ROOT.parent / "shared")) / path
    if not found.exists():
        raise Skip(f"{found} is not there")
    return found


def pare(*arguments, exit_code: int = 0) -> subprocess.CompletedProcess:
    """Runs pare and requires its exit code; the failure quotes the end of what it said."""
    command = [PARE, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    require(
        done.returncode == exit_code,
        f"`pare {' '.join(command[1:])}` ended with {done.returncode}, not {exit_code}: "
        f"{(done.stderr or done.stdout)[-2000:].strip()}",
    )
    return done


# Far above what the networks of the checks take, far below what a hostile extent asks for.
MEMORY_LIMIT = 2 << 30


def refused(*arguments, exit_code: int, says: str = "", timeout: int = 120, **options) -> subprocess.CompletedProcess:
    """Runs pare within a memory limit on something it must refuse: with this exit code, one line that begins with
    "pare: error:" and holds the words of `says`, nothing on standard output, and no crash."""

    def limited():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))

    command = [PARE, *map(str, arguments)]
    text = f"`pare {' '.join(command[1:])}`"
    environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, preexec_fn=limited, env=environment, **options
        )
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{text} did not end within {timeout} s") from error
    said = done.stderr.strip()
    require(done.returncode >= 0, f"{text} crashed with signal {-done.returncode}: {said[-2000:]}")
    require(done.returncode == exit_code, f"{text} ended with {done.returncode}, not {exit_code}: {said[-2000:]}")
    errors = [line for line in said.splitlines() if line.startswith("pare: error: ")]
    require(len(errors) == 1, f"{text} says {len(errors)} errors in place of one: {said[-2000:]}")
    traces = [word for word in ("Fatal error", "Swift runtime failure", "Backtrac", "EncodingError", "DecodingError",
                                "NSCocoaErrorDomain") if word in said]
    require(not traces, f"{text} shows its insides ({traces}): {said[-2000:]}")
    missing = [word for word in says.split() if word not in errors[0]]
    require(not missing, f"{text} does not say {missing}: {errors[0]}")
    require(not done.stdout, f"{text} writes to standard output: {done.stdout[:500]}")
    return done


def pare_json(*arguments) -> dict:
    """Runs pare with --json and reads its standard output, which must hold one JSON document and nothing else."""
    output = pare(*arguments, "--json").stdout
    try:
        return json.loads(output)
    except ValueError as error:
        raise Failure(f"`pare {' '.join(map(str, arguments))} --json` wrote no JSON: {error}: {output[:500]}") from error


def infer(model: pathlib.Path, inputs: dict, *options) -> dict:
    """The outputs of `pare infer` by name (as ONNX declares them), for inputs by name."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        for index, (name, value) in enumerate(inputs.items()):
            path = pathlib.Path(folder) / f"input{index}.npy"
            numpy.save(path, value)
            arguments += ["--input", f"{name}={path}"]
        out = pathlib.Path(folder) / "out"
        pare("infer", model, *arguments, *options, "--output-dir", out)
        names = [output.name for output in onnx.load(model, load_external_data=False).graph.output]
        return {name: numpy.load(out / f"{re.sub(r'[^A-Za-z0-9._-]', '_', name)}.npy") for name in names}


def session(model: pathlib.Path, threads: int = 2, exact: bool = False) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session on the processor with a given number of threads. Its products of bytes saturate in 16 bits on
    processors without VNNI, unless `exact` (which fails for weights with zero points by channel)."""
    options = onnxruntime.SessionOptions()
    if exact:
        options.add_session_config_entry("session.x64quantprecision", "1")
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def onnxruntime_outputs(model: pathlib.Path, inputs: dict, exact: bool = False) -> dict:
    """ONNX Runtime's outputs by name; see `session`."""
    runtime = session(model, exact=exact)
    names = [output.name for output in runtime.get_outputs()]
    return dict(zip(names, runtime.run(names, inputs), strict=True))


def relative_error(actual: numpy.ndarray, expected: numpy.ndarray) -> float:
    """max |actual - expected| / max |expected|, both of one shape."""
    require(actual.shape == expected.shape, f"shape {actual.shape} where {expected.shape} was expected")
    scale = max(float(numpy.abs(expected).max(initial=0)), 1e-30)
    return float(numpy.abs(actual.astype(numpy.float64) - expected).max(initial=0)) / scale


def require_close(actual: dict, expected: dict, tolerance: float, what: str) -> float:
    """Requires every output within a relative tolerance and returns the largest error."""
    require(actual.keys() == expected.keys(), f"{what}: outputs {sorted(actual)} where {sorted(expected)} were expected")
    worst = 0.0
    for name, value in expected.items():
        error = relative_error(actual[name], value)
        require(error <= tolerance, f"{what}: output {name} differs by {error:.2e} relative (at most {tolerance:.0e})")
        worst = max(worst, error)
    return worst


def interface(model: pathlib.Path) -> list:
    """Names, element types and shapes of a file's inputs and outputs, in order (symbolic dimensions by name)."""
    graph = onnx.load(model, load_external_data=False).graph
    stored = {initializer.name for initializer in graph.initializer}

    def describe(value):
        tensor = value.type.tensor_type
        return value.name, tensor.elem_type, [d.dim_param or d.dim_value for d in tensor.shape.dim]

    return [describe(value) for value in graph.input if value.name not in stored] + [
        describe(value) for value in graph.output
    ]


def require_keys(document: dict, keys: str, what: str) -> None:
    """Requires the space-separated keys in a JSON document."""
    missing = [key for key in keys.split() if key not in document]
    require(not missing, f"{what} lacks {', '.join(missing)}; it has {', '.join(document)}")
