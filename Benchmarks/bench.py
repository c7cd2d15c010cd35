"""Pare against PyTorch (training) and ONNX Runtime (inference), on the same cores, in interleaved rounds.

Scripts/bench builds what this needs and starts it. Each figure is the p50 of one process' repeats; a line gives the
medians over the rounds and the median of the ratios within a round (below 1: Pare is faster).
"""

import json
import os
import pathlib
import platform
import statistics
import sys
from importlib import metadata

from networks import resnet20
from rounds import interleave, median_ratio, p50_ms, settings, told

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent


def subjects(pare: str, threads: int) -> dict:
    """Name of a comparison to the commands of its contenders, the peer first."""
    peers = HERE / "peers"
    common = ["--threads", str(threads)]
    trained, folded = resnet20("resnet20-cifar10-bn.onnx"), resnet20()
    step, latency = peers / "pytorch_training_step.py", peers / "onnxruntime_latency.py"
    return {
        "training_step_resnet20_batch128_float32": {
            "pytorch": [sys.executable, str(step), "--batch", "128", *common],
            "pare": [pare, "profile", str(trained), "--training", "--batch", "128", *common, "--json"],
        },
        "inference_resnet20_batch1_float32": {
            "onnxruntime": [sys.executable, str(latency), str(folded), "--batch", "1", *common],
            "pare": [pare, "profile", str(folded), "--batch", "1", *common, "--json"],
        },
    }


def compare(name: str, commands: dict, rounds: int) -> dict:
    contenders = {contender: lambda command=command: p50_ms(command) for contender, command in commands.items()}
    figures = interleave(contenders, rounds, told(name, rounds))
    (peer,) = [contender for contender in commands if contender != "pare"]
    return {
        "peer": peer,
        "rounds_ms": figures,
        "median_ms": {contender: statistics.median(values) for contender, values in figures.items()},
        "ratio": median_ratio(figures["pare"], figures[peer]),
    }


def main() -> None:
    arguments = settings(__doc__, "the comparisons whose name contains this word")
    pare = os.environ.get("PARE", str(ROOT / ".build" / "release" / "pare"))
    chosen = {
        name: commands
        for name, commands in subjects(pare, arguments.threads).items()
        if not arguments.only or arguments.only in name
    }
    if not chosen:
        sys.exit(f"no comparison's name contains '{arguments.only}'")
    results = {name: compare(name, commands, arguments.rounds) for name, commands in chosen.items()}

    if arguments.json:
        versions = {peer: metadata.version(package) for peer, package in (("pytorch", "torch"), ("onnxruntime",) * 2)}
        machine = {"system": platform.platform(), "processors": os.cpu_count(), "threads": arguments.threads}
        print(json.dumps({"machine": machine, "versions": versions, "results": results}, indent=2))
        return
    print(f"{'comparison':<42} {'peer':<12} {'peer ms':>9} {'pare ms':>9} {'pare/peer':>10}")
    for name, result in results.items():
        medians = result["median_ms"]
        print(
            f"{name:<42} {result['peer']:<12} {medians[result['peer']]:>9.3f} {medians['pare']:>9.3f} "
            f"{result['ratio']:>10.3f}"
        )


if __name__ == "__main__":
    main()
