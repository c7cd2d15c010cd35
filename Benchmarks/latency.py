"""What every network of the zoo takes on this machine: parameters, MACs, bytes, latency in float32 and int8 at batch 1.

    PARE=path/to/pare python Benchmarks/latency.py [--only NAME ...] [--threads N] [--output DIR]

Each network is measured in its own form (224 pixels for most) and, where it has one, in the form for 32 pixels, with
random weights: latency does not depend on what they are. int8 is `pare quantize` calibrated on random numbers, which is
enough for shapes and formats, and the latencies are those that it reports: of both networks in turn, the median of seven
rounds' p50. What was measured already (DIR/measured.json) is kept; the table and the plot are made of all of it:
Documentation/Latency.md and Documentation/latency.svg, or files of these names in DIR with --only. Ctrl-C makes them of
what was measured until then.
"""

import argparse
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

import numpy

from latency_plot import Point, scatter
from machine import machine

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PARE = os.environ.get("PARE", str(ROOT / ".build" / "release" / "pare"))
CALIBRATION_SAMPLES = 16


def pare(*arguments) -> str:
    done = subprocess.run([PARE, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"pare {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def forms(network: dict) -> dict[str, list[int]]:
    """References to a network in its own form and in that for 32 pixels, with the shapes of their images."""
    own = f"zoo:{network['name']}"
    has_form = any(option["name"] == "form" for option in network["options"])
    return {own: network["input"], **({f"{own}?form=cifar": [3, 32, 32]} if has_form else {})}


def measure(reference: str, shape: list[int], threads: int) -> dict:
    """A network's figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = {"float32": folder / "float32.onnx", "int8": folder / "int8.onnx"}
        pare("convert", reference, "-o", files["float32"])
        (folder / "data").mkdir()
        samples = numpy.random.default_rng(0).random((CALIBRATION_SAMPLES, *shape), dtype=numpy.float32)
        numpy.save(folder / "data" / "input.npy", samples)
        report = json.loads(pare(
            "quantize", files["float32"], "--data", f"npy:{folder / 'data'}", "-o", files["int8"],
            "--calibration-samples", CALIBRATION_SAMPLES, "--threads", threads, "--quiet", "--json",
        ))
        before, after = report["before"], report["after"]
        return {
            "input": shape, "parameters": before["parameters"], "macs": before["macs"],
            "bytes": {form: path.stat().st_size for form, path in files.items()},
            "ms": {"float32": before["latency_ms"], "int8": after["latency_ms"]},
        }


def rank_correlation(a: list[float], b: list[float]) -> float:
    """Spearman's: the correlation of ranks."""
    ranks = [numpy.argsort(numpy.argsort(values)).astype(float) for values in (a, b)]
    return float(numpy.corrcoef(*ranks)[0, 1])


def compact(macs: int) -> str:
    return f"{macs / 1e6:,.1f} M" if macs >= 1e6 else f"{macs / 1e3:,.1f} k"


def table(measured: dict, is_large: bool) -> list[str]:
    lines = [
        "| network | input | parameters | MACs | float32 file | int8 file | float32 | int8 | int8 : float32 | GMAC/s float32 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    chosen = {name: row for name, row in measured.items() if (row["input"][1] >= 128) == is_large}
    for name, row in sorted(chosen.items(), key=lambda item: item[1]["macs"]):
        ms, size = row["ms"], row["bytes"]
        lines.append(
            f"| `{name}` | {'x'.join(map(str, row['input']))} | {row['parameters']:,} | {compact(row['macs'])} "
            f"| {size['float32'] / 1e6:.2f} MB | {size['int8'] / 1e6:.2f} MB | {ms['float32']:.3f} ms | {ms['int8']:.3f} ms "
            f"| {ms['int8'] / ms['float32']:.2f} | {row['macs'] / ms['float32'] / 1e6:.1f} |"
        )
    return lines


def document(measured: dict, missing: list[str], arguments: argparse.Namespace, plot: str) -> str:
    large, small = table(measured, True), table(measured, False)
    rows = list(measured.values())
    parts = [
        "# Latency of the zoo", "",
        f"Medians of seven rounds at batch 1 with {arguments.threads} thread{'s' * (arguments.threads > 1)} on {machine()}; "
        f"`pare` {pare('--version').strip()}. Made by", "",
        f"    {shlex.join(['python', 'Benchmarks/latency.py', *sys.argv[1:]])}", "",
        f"![Latency against multiply-accumulates]({plot})", "",
    ]
    if len(rows) > 2:
        macs = [row["macs"] for row in rows]
        found = {form: rank_correlation(macs, [row["ms"][form] for row in rows]) for form in ("float32", "int8")}
        rates = [row["macs"] / row["ms"]["float32"] / 1e6 for row in rows]
        parts += [
            f"MACs foretell the order of latencies with a rank correlation of {found['float32']:.2f} in float32 and "
            f"{found['int8']:.2f} in int8. Between the slowest and the fastest network a multiply-accumulate differs in "
            f"time by a factor of {max(rates) / min(rates):.0f}: from {min(rates):.1f} to {max(rates):.1f} GMAC/s in float32.",
            "",
        ]
    if missing:
        parts += [f"Not measured yet: {', '.join(f'`{name}`' for name in missing)}.", ""]
    for title, lines in (("## Large images", large), ("## Small images", small)):
        if len(lines) > 2:
            parts += [title, "", *lines, ""]
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="networks of these names")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "out" / "latency")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    store = arguments.output / "measured.json"
    measured = json.loads(store.read_text(encoding="utf-8")) if store.exists() else {}

    networks = json.loads(pare("zoo", "--json"))["networks"]
    unknown = set(arguments.only) - {network["name"] for network in networks}
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))} in the zoo")
    references = {}
    for network in networks:
        if not arguments.only or network["name"] in arguments.only:
            references.update(forms(network))
    try:
        for number, (reference, shape) in enumerate(references.items()):
            if reference in measured:
                continue
            row = measured[reference] = measure(reference, shape, arguments.threads)
            store.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
            times = f"{row['ms']['float32']:.3f} ms, int8 {row['ms']['int8']:.3f} ms"
            print(f"{number + 1}/{len(references)} {reference}: {times}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("stopped: the page is made of what was measured; another run goes on", file=sys.stderr)

    chosen = {reference: measured[reference] for reference in references if reference in measured}
    missing = [reference for reference in references if reference not in measured]
    points = [
        Point(name, row["macs"] / 1e6, row["ms"][form], form) for form in ("float32", "int8") for name, row in chosen.items()
    ]
    folder = arguments.output if arguments.only else ROOT / "Documentation"
    (folder / "latency.svg").write_text(
        scatter(points, "Latency at batch 1 (ms)", "multiply-accumulates (millions)"), encoding="utf-8")
    (folder / "Latency.md").write_text(document(chosen, missing, arguments, "latency.svg"), encoding="utf-8")
    print(folder / "Latency.md")


if __name__ == "__main__":
    main()
