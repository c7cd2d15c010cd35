"""Training steps of Pare against PyTorch's on the same cores, in interleaved rounds.

Scripts/bench training builds what this needs and starts it. ResNet-20, MobileNetV2 (in its form for 32 pixels) and
DenseNet-40, batch 128, float32 and bfloat16: forward, backward and SGD with momentum. PyTorch runs eager with
channels-last tensors and through torch.compile; the faster of the two medians is what Pare is measured against. Each
figure is the p50 of one process' repeats, a line gives medians over the rounds. Memory is the growth of peak resident
memory from the network's making to the end of the steps.
"""

import json
import os
import pathlib
import platform
import statistics
import sys
from importlib import metadata

from rounds import interleave, median_ratio, run_json, settings, told

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
NETWORKS = {
    "resnet20": "zoo:resnet20", "mobilenet_v2": "zoo:mobilenet_v2?form=cifar", "densenet40": "zoo:densenet40",
}
PRECISIONS = ("f32", "bf16")
# How many times faster than PyTorch's best mode, as a geometric mean, and in every single case.
GOAL, SINGLE_GOAL = 1.5, 1.1
# The most memory, as a share of PyTorch's best mode's.
MEMORY_GOAL = 0.8


def compare(name: str, precision: str, options, pare: str) -> dict:
    common = ["--batch", "128", "--threads", str(options.threads), "--precision", precision]
    peer = [sys.executable, str(HERE / "peers" / "pytorch_training_step.py"), "--network", name, *common]
    commands = {
        "eager": peer,
        "compiled": [*peer, "--compile"],
        "pare": [pare, "profile", NETWORKS[name], "--training", *common, "--json"],
    }
    growth = {contender: [] for contender in commands}

    def timed(contender: str) -> float:
        document = run_json(commands[contender])
        if document.get("growth_mib") is not None:
            growth[contender].append(document["growth_mib"])
        return document["latency_ms"]["p50"]

    contenders = {contender: lambda contender=contender: timed(contender) for contender in commands}
    figures = interleave(contenders, options.rounds, told(f"{name} {precision}", options.rounds))
    median = {contender: statistics.median(values) for contender, values in figures.items()}
    best = min(("eager", "compiled"), key=lambda mode: median[mode])
    memory = {contender: statistics.median(values) for contender, values in growth.items() if values}
    return {
        "network": name, "precision": precision, "rounds_ms": figures, "median_ms": median, "best_peer": best,
        "speedup": median_ratio(figures[best], figures["pare"]), "growth_mib": memory,
        "memory_ratio": memory["pare"] / memory[best] if {"pare", best} <= memory.keys() else None,
    }


def means(results: list[dict]) -> dict:
    """The geometric mean of the speedups, by precision."""
    return {
        precision: statistics.geometric_mean(row["speedup"] for row in rows)
        for precision in PRECISIONS
        if (rows := [row for row in results if row["precision"] == precision])
    }


def table(results: list[dict]) -> None:
    print(f"{'network':<14} {'precision':<9} {'eager ms':>9} {'compiled ms':>12} {'pare ms':>9} {'speedup':>8}  "
          "growth MiB (eager, compiled, pare), share of the faster mode's")
    for row in results:
        ms, memory = row["median_ms"], row["growth_mib"]
        mark = " " if row["speedup"] >= SINGLE_GOAL else "!"
        share = f"{row['memory_ratio']:.2f}" if row["memory_ratio"] else "-"
        print(f"{row['network']:<14} {row['precision']:<9} {ms['eager']:>9.1f} {ms['compiled']:>12.1f} {ms['pare']:>9.1f} "
              f"{row['speedup']:>8.2f}{mark} "
              + " ".join(f"{memory.get(contender, float('nan')):>7.0f}" for contender in ms) + f" {share:>6}")
    for precision, mean in means(results).items():
        print(f"geometric mean, {precision}: {mean:.2f} (goal {GOAL}); memory's goal is {MEMORY_GOAL}")


def main() -> None:
    options = settings(__doc__, "the lines of this network or precision")
    chosen = [
        (name, precision) for name in NETWORKS for precision in PRECISIONS if options.only in (None, name, precision)
    ]
    if not chosen:
        sys.exit(f"no line's network or precision is '{options.only}'")
    pare = os.environ.get("PARE", str(ROOT / ".build" / "release" / "pare"))
    results = [compare(*line, options, pare) for line in chosen]
    if options.json:
        machine = {"system": platform.platform(), "processors": os.cpu_count(), "threads": options.threads}
        document = {
            "machine": machine, "versions": {"torch": metadata.version("torch")}, "results": results,
            "geometric_means": means(results),
        }
        print(json.dumps(document, indent=2))
        return
    table(results)


if __name__ == "__main__":
    main()
