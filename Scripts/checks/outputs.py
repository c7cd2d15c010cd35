"""Where results cannot be written, and work that is interrupted: nothing half-written, nothing replaced unasked, and
what was finished goes on with --resume. What --json prints."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import numpy
import onnx

from bad_data import trained
from bad_input import network
from checking import PARE, Skip, pare, pare_json, refused, require, require_keys
from training import stopped

NO_INPUT, CANNOT_WRITE, INTERRUPTED = 66, 73, 130


def writers(model: pathlib.Path, folder) -> list[tuple]:
    """Every command that writes, with an output in a folder."""
    data = ("--data", "digits")
    return [
        ("convert", model, "-o", f"{folder}/a.onnx"),
        ("train", model, *data, "--epochs", 1, "-o", f"{folder}/b.onnx"),
        ("prune", model, *data, "--target", "macs=0.9", "--epochs", 0, "-o", f"{folder}/c.onnx"),
        ("distill", model, "--teacher", model, *data, "--epochs", 1, "-o", f"{folder}/d.onnx"),
        ("quantize", model, *data, "-o", f"{folder}/e.onnx"),
        ("compress", model, *data, "--epochs", 0, "-o", f"{folder}/f"),
        ("reparameterize", "zoo:repvgg_a0?form=cifar&width=0.05", "-o", f"{folder}/g.onnx"),
    ]


def files(folder) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file())


def check_full_disk():
    """A file system of 16 KiB: the network takes more. Nothing unfinished stays."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        raise Skip("mounting a small file system needs root")
    with tempfile.TemporaryDirectory() as folder:
        model = shutil.copy(trained(), folder)
        small = pathlib.Path(folder) / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", small], capture_output=True)
        if mounted.returncode:
            raise Skip(f"no small file system can be mounted: {mounted.stderr.decode().strip()}")
        try:
            for arguments in writers(model, small):
                refused(*arguments, exit_code=CANNOT_WRITE, says="space")
                # Whole stages may stay, for --resume.
                left = [name for name in files(small) if name.endswith(".unfinished") or ".stages/" not in name]
                require(not left, f"{arguments[0]} on a full disk leaves {left}")
                for entry in small.iterdir():
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            numpy.save(f"{folder}/x.npy", numpy.zeros((900, 1, 8, 8), numpy.float32))
            arguments = ("--input", f"input={folder}/x.npy", "--output-dir", small / "out")
            refused("infer", model, *arguments, exit_code=CANNOT_WRITE, says="space")
            require(not files(small), f"infer on a full disk leaves {files(small)}")
        finally:
            subprocess.run(["umount", small], check=False)


def check_full_standard_output():
    if not os.path.exists("/dev/full"):
        raise Skip("there is no /dev/full")
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [PARE, "inspect", "zoo:digits_mlp", "--json"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    require(done.returncode == CANNOT_WRITE, f"a result that cannot be written ended with {done.returncode}")
    require("standard output" in done.stderr, f"it says {done.stderr}")


def check_unwritable_folder():
    """As another user where these checks run as root, whom no permission stops."""
    as_user = {"user": 65_534} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        model = shutil.copy(trained(), folder)
        os.chmod(model, 0o644)
        closed = pathlib.Path(folder) / "closed"
        closed.mkdir(mode=0o555)
        binary = shutil.copy(PARE, folder) if as_user else PARE
        os.chmod(binary, 0o755)
        for resources in pathlib.Path(PARE).resolve().parent.glob("*.resources"):
            shutil.copytree(resources, pathlib.Path(folder) / resources.name)
        for arguments in writers(model, closed):
            command = [binary, *map(str, arguments)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, **as_user)
            text = f"{arguments[0]} into a folder that is not writable"
            require(done.returncode == CANNOT_WRITE, f"{text} ended with {done.returncode}: {done.stderr[-500:]}")
            require("closed" in done.stderr and "pare: error: " in done.stderr, f"{text} says {done.stderr[-500:]}")


def check_outputs_are_not_replaced():
    with tempfile.TemporaryDirectory() as folder:
        for arguments in writers(trained(), folder):
            name, out = arguments[0], pathlib.Path(arguments[-1])
            kept = out / "report.json" if name == "compress" else out
            kept.parent.mkdir(exist_ok=True)
            kept.write_text("mine", encoding="utf-8")
            refused(*arguments, exit_code=CANNOT_WRITE, says="--force")
            require(kept.read_text(encoding="utf-8") == "mine", f"{name} replaced a file without --force")
            pare(*arguments, "--force", "--quiet")
            require(kept.read_bytes() != b"mine", f"{name} --force kept the old file")
        refused("convert", trained(), "-o", f"{folder}/none/a.onnx", exit_code=CANNOT_WRITE, says="none")
        pathlib.Path(f"{folder}/is.onnx").mkdir()
        refused("convert", trained(), "-o", f"{folder}/is.onnx", "--force", exit_code=CANNOT_WRITE, says="folder")
        pathlib.Path(f"{folder}/file").write_text("", encoding="utf-8")
        for name in ("file", "file/out"):
            refused("compress", trained(), "--data", "digits", "-o", f"{folder}/{name}", exit_code=CANNOT_WRITE)


def check_interrupted_training_goes_on():
    with tempfile.TemporaryDirectory() as folder:
        whole, broken = pathlib.Path(folder) / "whole.onnx", pathlib.Path(folder) / "broken.onnx"
        common = ("train", "zoo:digits_separable", "--data", "digits", "--threads", 1, "--quiet", "--epochs", 40)
        pare(*common, "-o", whole)
        status = stopped((*common, "-o", broken), pathlib.Path(f"{broken}.checkpoint/state"), signal.SIGINT)
        require(status == INTERRUPTED, f"an interrupted training ended with {status}")
        require(not broken.exists(), "an interrupted training left a file")
        pare(*common, "-o", broken, "--resume")
        require(whole.read_bytes() == broken.read_bytes(), "interrupted and resumed differs from never interrupted")


def interrupt(arguments: tuple, begun) -> None:
    """Interrupts pare once `begun()` holds; it must end with 130 and say how to go on."""
    command = [PARE, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not begun() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    status = process.returncode
    require(status == INTERRUPTED, f"interrupted, {arguments[0]} ended with {status}: {said[-500:]}")
    require("--resume" in said, f"interrupted, {arguments[0]} does not say how to go on: {said[-500:]}")


def check_interrupted_methods_go_on():
    with tempfile.TemporaryDirectory() as folder:
        data = (trained(), "--data", "digits", "--threads", 1, "--epochs", 60)
        out = pathlib.Path(folder) / "out"
        compress = ("compress", *data, "--target", "macs=0.6", "-o", out)
        interrupt(compress, (out / ".stages" / "2-train" / "train.checkpoint" / "state").exists)
        require(not (out / "model.onnx").exists(), "an interrupted compression left a network")
        document = pare_json(*compress, "--resume")
        require(document["after"]["macs"] <= 0.6 * document["before"]["macs"], f"{document['after']}")
        refused(*compress, "--resume", exit_code=NO_INPUT, says="resume")

        file = pathlib.Path(folder) / "pruned.onnx"
        prune = ("prune", *data, "--target", "macs=0.6", "-o", file)
        refused(*prune, "--resume", exit_code=NO_INPUT, says="checkpoint")
        stages = pathlib.Path(f"{file}.checkpoint/.stages")
        interrupt(prune, lambda: any(stages.rglob("state")))
        require(not file.exists(), "an interrupted pruning left a file")
        pare(*prune, "--resume", "--quiet")
        pare("inspect", file)
        require(not stages.parent.exists(), "a finished pruning leaves its checkpoint")


def check_recipe_gives_the_same_network():
    """`--dry-run` writes nothing; settings.yaml of one run makes the same bytes in another."""
    with tempfile.TemporaryDirectory() as folder:
        common = ("compress", trained(), "--data", "digits", "--threads", 1)
        target = ("--target", "macs=0.7", "--epochs", 1)
        plan = pare_json(*common, *target, "--dry-run", "-o", f"{folder}/first")
        require([stage["stage"] for stage in plan] == ["prune", "train", "quantize"], f"{plan}")
        require(all(stage["seconds"] > 0 for stage in plan), f"{plan}")
        require(not pathlib.Path(f"{folder}/first").exists(), "a dry run made its folder")
        pare(*common, *target, "-o", f"{folder}/first", "--quiet")
        pare(*common, "--recipe", f"{folder}/first/settings.yaml", "-o", f"{folder}/second", "--quiet")
        first, second = (pathlib.Path(f"{folder}/{name}/model.onnx").read_bytes() for name in ("first", "second"))
        require(first == second, "the recipe of a compression gives another network")
        bad = pathlib.Path(folder) / "bad.yaml"
        for text in ("", "hello", "stages: 7\n", "stages:\n- stage: none\n", "- [\n"):
            bad.write_text(text, encoding="utf-8")
            refused(*common, "--recipe", bad, "-o", f"{folder}/third", exit_code=65, says="bad.yaml")
        missing = ("--recipe", f"{folder}/none.yaml", "-o", f"{folder}/third")
        refused(*common, *missing, exit_code=NO_INPUT, says="none.yaml")


def check_json_of_every_command():
    """Standard output is one JSON document with the keys that are promised; --quiet says nothing on standard error."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "network.onnx"
        onnx.save(network(), path)
        numpy.save(f"{folder}/x.npy", numpy.zeros((1, 1, 8, 8), numpy.float32))
        report = pathlib.Path(folder) / "f"
        method = "before after stages output"
        promised = {
            "convert": "output", "train": "epochs output", "reparameterize": "before after output largest_difference"
        }
        cases = [
            (arguments, promised.get(arguments[0], method)) for arguments in writers(trained(), folder)
        ] + [
            (("inspect", path), "parameters nonzero_parameters macs weight_bytes file_bytes peak_activation_bytes "
             "memory_access_bytes layers"),
            (("evaluate", trained(), "--data", "digits"), "top1 top5 loss count seconds"),
            (("profile", path, "--repeats", 1), "batch threads latency_ms images_per_second layers"),
            (("infer", path, "--input", f"input={folder}/x.npy", "--output-dir", f"{folder}/o"), "outputs"),
            (("report", report), method),
            (("zoo",), "networks"),
            (("factorize", "zoo:resnet8?width=0.25", "-o", f"{folder}/separable.onnx"),
             "before after layers skipped method output"),
        ]
        for arguments, keys in cases:
            done = pare(*arguments, "--json", "--quiet")
            require_keys(json.loads(done.stdout), keys, f"{arguments[0]} --json")
            require(not done.stderr, f"{arguments[0]} --quiet says {done.stderr[:300]}")
        written = json.loads((report / "report.json").read_text(encoding="utf-8"))
        for side in ("before", "after"):
            require_keys(written[side], "top1 parameters macs file_bytes latency_ms", f"report.json, {side}")
        return f"{len(cases)} commands"
