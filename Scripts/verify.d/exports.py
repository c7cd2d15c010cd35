"""Networks that PyTorch exported (Scripts/reference/exported_networks.py) and one of Keras's: Pare's outputs against ONNX
Runtime's, the files that Pare writes in ONNX Runtime, and gradients against PyTorch's."""

import os
import pathlib
import subprocess
import sys

import numpy
import onnx
from checking import ROOT, Failure, Skip, infer, interface, onnxruntime_outputs, pare, require, require_close
from material import work_folder
from swift_tests import run_swift_tests

sys.path.insert(0, str(ROOT / "Scripts" / "reference"))

from exported_networks import FORMS, NETWORKS, example  # noqa: E402  (found through the line above)

TOLERANCE = 1e-4
BATCHES = (1, 3)
# Exports for a batch of 1 that have that 1 in the middle of shapes, where nothing tells it from any other size: they run
# at that batch, in ONNX Runtime and here.
KEPT_BATCH = {
    "convnext_tiny": ("dynamo-fixed",), "swin_t": ("dynamo-fixed",), "vit_small": ("script-fixed", "dynamo-fixed"),
    "shape_arithmetic": ("script-fixed", "dynamo-fixed"),
}


def exported(*arguments: str) -> pathlib.Path:
    """The folder of exports, with what the arguments ask for made where it is missing."""
    folder = work_folder() / "exports"
    script = ROOT / "Scripts" / "reference" / "exported_networks.py"
    command = [sys.executable, str(script), "--output", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"{script.name} failed: {done.stderr[-2000:]}")
    return folder


def compare(name: str) -> float:
    """The largest error of a network over its forms and batch sizes."""
    folder = exported("--only", name) / name
    worst, failures = 0.0, []
    for batch in BATCHES:
        inputs = {port: value.numpy() for port, value in example(NETWORKS[name].inputs, batch, seed=5 + batch).items()}
        # A form with a fixed batch is the same network, which Pare runs at any batch where it can.
        expected = onnxruntime_outputs(folder / "script-symbolic.onnx", inputs)
        for form in FORMS:
            if batch > 1 and form in KEPT_BATCH.get(name, ()):
                continue
            try:
                what = f"{name} {form}, batch {batch}"
                # Random weights multiply what fast forms of convolutions round: the operators are compared here.
                found = infer(folder / f"{form}.onnx", inputs, "--exact")
                worst = max(worst, require_close(found, expected, TOLERANCE, what))
            except Failure as failure:
                failures.append(f"{name} {form}, batch {batch}: {failure}")
    require(not failures, "\n".join(failures))
    return worst


def check_outputs():
    worst, failures = {}, []
    for name in NETWORKS:
        try:
            worst[name] = compare(name)
            print(f"        {name} within {worst[name]:.1e}", flush=True)
        except Failure as failure:
            failures.append(str(failure))
    require(not failures, "\n".join(failures))
    largest = max(worst, key=worst.get)
    return f"{len(worst)} networks in {len(FORMS)} forms, at most {worst[largest]:.1e} ({largest})"


def check_written_files():
    """What `pare convert` writes of each network computes the same in ONNX Runtime, and declares the same ports."""
    failures = []
    for name in NETWORKS:
        folder = exported("--only", name) / name
        for form in FORMS:
            before, after = folder / f"{form}.onnx", folder / f"{form}.converted.onnx"
            inputs = {port: value.numpy() for port, value in example(NETWORKS[name].inputs, 1).items()}
            try:
                pare("convert", before, "-o", after, "--force")
                onnx.checker.check_model(onnx.load(after), full_check=True)
                require(interface(before) == interface(after), f"{interface(before)} became {interface(after)}")
                outputs = onnxruntime_outputs(after, inputs)
                require_close(outputs, onnxruntime_outputs(before, inputs), TOLERANCE, "the file written")
            except Exception as error:
                failures.append(f"{name} {form}: {error}")
            finally:
                after.unlink(missing_ok=True)
    require(not failures, "\n".join(failures))
    return f"{len(NETWORKS) * len(FORMS)} files"


def check_gradients():
    folder = exported("--gradients")
    modes = [name for name, network in NETWORKS.items() for _ in network.modes]
    count, figures = run_swift_tests("ExportedNetworkTests", {**os.environ, "PARE_EXPORTS": str(folder)}, "exports")
    for figure in figures:
        print(f"        {figure}")
    return f"{count} tests passed over {len(modes)} sets of gradients from both exporters"


def check_removal():
    """Channels are removed from each network, through whatever couples them; what is left computes what it did with them
    at zero."""
    folder = exported()
    count, figures = run_swift_tests("ExportedRemovalTests", {**os.environ, "PARE_EXPORTS": str(folder)}, "removal")
    for figure in figures:
        print(f"        {figure}")
    return f"{count} files of {len(NETWORKS)} networks"


def check_keras():
    """MobileNetV2 as Keras and tf2onnx write it: against Keras's own outputs and ONNX Runtime's."""
    python = pathlib.Path(os.environ.get("PARE_KERAS_VENV", ROOT / ".venv-keras")) / "bin" / "python"
    script = ROOT / "Scripts" / "reference" / "keras_network.py"
    if not python.exists():
        raise Skip(f"{python} is not there; {script.name} says how to make it")
    folder = work_folder() / "keras"
    model = folder / "model.onnx"
    if not model.exists():
        done = subprocess.run([python, script, "--output", folder], capture_output=True, text=True, check=False)
        require(done.returncode == 0, f"{script.name} failed: {done.stderr[-2000:]}")
    (port,) = (value.name for value in onnx.load(model).graph.input)
    inputs = {port: numpy.load(folder / "input.npy")}
    found = infer(model, inputs)
    require_close(found, onnxruntime_outputs(model, inputs), TOLERANCE, "ONNX Runtime")
    (name,) = found
    worst = require_close(found, {name: numpy.load(folder / "output.npy")}, TOLERANCE, "Keras")
    return f"within {worst:.1e} of Keras"
