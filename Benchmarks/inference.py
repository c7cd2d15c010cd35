"""Inference of Pare against ONNX Runtime and OpenVINO on the same files and cores, in interleaved rounds.

Scripts/bench inference builds what this needs and starts it. ResNet-20 (32 pixels), ResNet-18, MobileNetV2, MobileNetV3
small and EfficientNet-B0 (224 pixels), at batch 1 and 16, float32 and int8 (one file for all three tools). Each figure is
the p50 of one process' repeats; a line gives medians over the rounds, and the medians of the ratios within a round: how
many times faster Pare is than each peer. Below stand the geometric means, and how long each tool prepares a network.
"""

import json
import os
import pathlib
import platform
import statistics
import sys
from importlib import metadata

from networks import NETWORKS, network
from rounds import interleave, median_ratio, run_json, settings, told

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = {"onnxruntime": "onnxruntime_latency.py", "openvino": "openvino_latency.py"}
BATCHES = (1, 16)
# How many times faster than each peer, as a geometric mean; and than the better of them, in every single case.
GOALS = {"float32": {"onnxruntime": 1.25, "openvino": 1.15}, "int8": {"onnxruntime": 1.15, "openvino": 0.95}}
SINGLE_GOAL = 0.85


def compare(name: str, precision: str, batch: int, options, pare: str) -> dict:
    path = str(network(name, precision, pare))
    common = ["--batch", str(batch), "--threads", str(options.threads)]
    commands = {
        **{peer: [sys.executable, str(HERE / "peers" / script), path, *common] for peer, script in PEERS.items()},
        "pare": [pare, "profile", path, *common, "--json"],
    }
    compile_ms = {contender: [] for contender in commands}

    def timed(contender: str) -> float:
        document = run_json(commands[contender])
        compile_ms[contender].append(document["compile_ms"])
        return document["latency_ms"]["p50"]

    contenders = {contender: lambda contender=contender: timed(contender) for contender in commands}
    figures = interleave(contenders, options.rounds, told(f"{name} {precision} batch {batch}", options.rounds))
    return {
        "network": name, "precision": precision, "batch": batch, "rounds_ms": figures,
        "median_ms": {contender: statistics.median(values) for contender, values in figures.items()},
        "compile_ms": {contender: statistics.median(values) for contender, values in compile_ms.items()},
        "speedup": {peer: median_ratio(figures[peer], figures["pare"]) for peer in PEERS},
    }


def means(results: list[dict]) -> dict:
    """The geometric mean of the speedups over each peer, by precision."""
    return {
        precision: {peer: statistics.geometric_mean(row["speedup"][peer] for row in rows) for peer in PEERS}
        for precision in GOALS
        if (rows := [row for row in results if row["precision"] == precision])
    }


def table(results: list[dict]) -> None:
    print(f"{'network':<20} {'precision':<9} {'batch':>5} {'onnxruntime':>12} {'openvino':>10} {'pare ms':>9} "
          f"{'over onnxruntime':>17} {'over openvino':>14}  compile ms (onnxruntime, openvino, pare)")
    for row in results:
        ms, speedup, compiling = row["median_ms"], row["speedup"], row["compile_ms"]
        mark = " " if min(speedup.values()) >= SINGLE_GOAL else "!"
        print(f"{row['network']:<20} {row['precision']:<9} {row['batch']:>5} {ms['onnxruntime']:>12.3f} "
              f"{ms['openvino']:>10.3f} {ms['pare']:>9.3f} {speedup['onnxruntime']:>17.2f} {speedup['openvino']:>14.2f}{mark} "
              + " ".join(f"{compiling[contender]:>6.0f}" for contender in (*PEERS, "pare")))
    for precision, found in means(results).items():
        line = ", ".join(f"{value:.2f} over {peer} (goal {GOALS[precision][peer]})" for peer, value in found.items())
        print(f"geometric mean, {precision}: {line}")


def main() -> None:
    options = settings(__doc__, "the lines of this network, precision or batch")
    chosen = [
        (name, precision, batch)
        for name in NETWORKS for precision in GOALS for batch in BATCHES
        if options.only in (None, name, precision, str(batch))
    ]
    if not chosen:
        sys.exit(f"no line's network, precision or batch is '{options.only}'")
    pare = os.environ.get("PARE", str(ROOT / ".build" / "release" / "pare"))
    results = [compare(*line, options, pare) for line in chosen]
    if options.json:
        machine = {"system": platform.platform(), "processors": os.cpu_count(), "threads": options.threads}
        versions = {peer: metadata.version(peer) for peer in PEERS}
        document = {"machine": machine, "versions": versions, "results": results, "geometric_means": means(results)}
        print(json.dumps(document, indent=2))
        return
    table(results)


if __name__ == "__main__":
    main()
