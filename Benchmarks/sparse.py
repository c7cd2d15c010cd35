"""Layers with sparse weights against dense ones, at batch 1, in interleaved rounds.

Scripts/bench sparse builds what this needs and starts it. For a 3x3 convolution of 256 to 256 channels at 14 x 14 and a
dense layer of 4096 to 4096, at 80, 90 and 95 % of zeros, single ones or in blocks of 1x16 along the output channels:

- onednn: oneDNN's direct dense form in the fastest of its layouts, without what comes before and behind it;
- dense: Pare's fastest dense form: what `pare profile --sparse-weights never` runs, or Winograd where oneDNN has it,
  whichever is faster;
- sparse: what `pare profile` chooses by this machine's clock, changes of layout included.

Each figure is the median of one process' repeats; a line gives medians over the rounds, and the medians of the ratios
within a round: how many times faster the sparse layer is, with the goal it is held to.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from rounds import interleave, median_ratio, p50_ms, run_json, settings, told

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
OUT = ROOT / "out" / "bench"

CHANNELS, SIDE, FEATURES, BLOCK = 256, 14, 4096, 16
SPARSITIES = (0.8, 0.9, 0.95)
# How many times faster than oneDNN's direct form, and than Pare's dense form, at each sparsity.
GOALS = {"single": ((2, 1.1), (3.5, 1.8), (6, 3)), "block": ((2.5, None), (5, None), (9, None))}


def weights(shape: tuple[int, ...], sparsity: float, pattern: str) -> numpy.ndarray:
    """Random weights, exactly the share asked for being zero (of blocks: to the nearest one)."""
    random = numpy.random.default_rng(0)
    outputs = shape[0]
    rows = outputs if pattern == "single" else outputs // BLOCK
    places = rows * (int(numpy.prod(shape)) // outputs)
    kept = numpy.zeros(places, dtype=bool)
    kept[random.permutation(places)[: round(places * (1 - sparsity))]] = True
    mask = kept.reshape(rows, -1).repeat(outputs // rows, axis=0).reshape(shape)
    return (random.standard_normal(shape) * 0.05 * mask).astype(numpy.float32)


def network(layer: str, sparsity: float, pattern: str) -> pathlib.Path:
    """The file of a network that is one layer with a bias."""
    path = OUT / f"{layer}-{pattern}-{sparsity}.onnx"
    shape = (CHANNELS, CHANNELS, 3, 3) if layer == "conv" else (FEATURES, FEATURES)
    bias = numpy.zeros(shape[0], dtype=numpy.float32)
    if layer == "conv":
        node = helper.make_node("Conv", ["x", "w", "b"], ["y"], name="layer", pads=[1, 1, 1, 1])
        extents = (["N", CHANNELS, SIDE, SIDE],) * 2
    else:
        node = helper.make_node("Gemm", ["x", "w", "b"], ["y"], name="layer", transB=1)
        extents = (["N", FEATURES],) * 2
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, e) for name, e in zip("xy", extents, strict=True)]
    values = [numpy_helper.from_array(weights(shape, sparsity, pattern), "w"), numpy_helper.from_array(bias, "b")]
    graph = helper.make_graph([node], "layer", ports[:1], ports[1:], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def peer() -> pathlib.Path:
    """The program that measures oneDNN, built from Pare's shim."""
    program = OUT / "onednn_layer"
    program.parent.mkdir(parents=True, exist_ok=True)
    shim = ROOT / "Sources" / "COneDNN"
    sources = [str(HERE / "peers" / "onednn_layer.c"), *map(str, sorted(shim.glob("*.c")))]
    compiler = [os.environ.get("CC", "cc"), "-O2", "-std=gnu11", "-I", str(shim / "include")]
    prefix = os.environ.get("ONEDNN_PREFIX")
    places = [f"-I{prefix}/include", f"-L{prefix}/lib", f"-Wl,-rpath,{prefix}/lib"] if prefix else []
    subprocess.run([*compiler, *places, *sources, "-o", str(program), "-ldnnl", "-lgomp"], check=True)
    return program


def layer_of(command: list[str]) -> dict:
    """The one layer that multiplies, of a profile."""
    (layer,) = [layer for layer in run_json(command)["layers"] if layer["macs"] > 0]
    return layer


def compare(layer: str, pattern: str, step: int, options: argparse.Namespace, pare: str, onednn: pathlib.Path) -> dict:
    sparsity, threads = SPARSITIES[step], str(options.threads)
    profile = [pare, "profile", str(network(layer, sparsity, pattern)), "--threads", threads, "--json", "--sparse-weights"]
    ran = {}

    def timed(choice: str) -> float:
        ran[choice] = layer_of([*profile, choice])
        return ran[choice]["ms"]

    contenders = {
        "onednn": lambda: p50_ms([str(onednn), layer, "direct", threads]),
        "dense": lambda: timed("never"),
        "sparse": lambda: timed("measured"),
    }
    if layer == "conv" and has_winograd(onednn, threads):
        contenders["winograd"] = lambda: p50_ms([str(onednn), layer, "winograd", threads])
    name = f"{layer} {pattern} {sparsity:.0%}"

    figures = interleave(contenders, options.rounds, told(name, options.rounds))
    best = [min(pair) for pair in zip(figures["dense"], figures.get("winograd", figures["dense"]), strict=True)]
    speedups = {
        "onednn": median_ratio(figures["onednn"], figures["sparse"]), "dense": median_ratio(best, figures["sparse"])
    }
    return {
        "layer": layer, "pattern": pattern, "sparsity": sparsity, "op": ran["measured"]["op"],
        "implementation": ran["measured"]["implementation"], "density": ran["measured"].get("density"),
        "rounds_ms": figures, "median_ms": {key: statistics.median(values) for key, values in figures.items()},
        "speedup": speedups, "goal": dict(zip(("onednn", "dense"), GOALS[pattern][step], strict=True)),
    }


def has_winograd(onednn: pathlib.Path, threads: str) -> bool:
    """Whether this oneDNN has a Winograd form (versions from 3 on do not)."""
    return subprocess.run([str(onednn), "conv", "winograd", threads], capture_output=True, check=False).returncode == 0


def table(results: list[dict]) -> None:
    print(f"{'layer':<6} {'zeros':<7} {'share':>5} {'onednn ms':>10} {'dense ms':>9} {'sparse ms':>10} "
          f"{'onednn/sparse':>14} {'goal':>5} {'dense/sparse':>13} {'goal':>5}  runs as")
    for row in results:
        ms, goals = row["median_ms"], row["goal"]
        dense = min(ms["dense"], ms.get("winograd", ms["dense"]))
        print(f"{row['layer']:<6} {row['pattern']:<7} {row['sparsity']:>5.0%} {ms['onednn']:>10.3f} {dense:>9.3f} "
              f"{ms['sparse']:>10.3f} {row['speedup']['onednn']:>14.2f} {goals['onednn']:>5} "
              f"{row['speedup']['dense']:>13.2f} {goals['dense'] or '':>5}  {row['implementation']}")


def main() -> None:
    options = settings(__doc__, "the lines whose layer, pattern or sparsity is this word (conv, block, 0.9)")
    chosen = [
        (layer, pattern, step)
        for layer in ("conv", "dense") for pattern in GOALS for step in range(len(SPARSITIES))
        if options.only in (None, layer, pattern, str(SPARSITIES[step]))
    ]
    if not chosen:
        sys.exit(f"no line's layer, pattern or sparsity is '{options.only}'")
    pare = os.environ.get("PARE", str(ROOT / ".build" / "release" / "pare"))
    onednn = peer()
    results = [compare(*line, options, pare, onednn) for line in chosen]
    if options.json:
        machine = {"system": platform.platform(), "processors": os.cpu_count(), "threads": options.threads}
        print(json.dumps({"machine": machine, "results": results}, indent=2))
    else:
        table(results)


if __name__ == "__main__":
    main()
