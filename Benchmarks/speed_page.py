"""Documentation/Speed.md, made of what `Scripts/bench training --json` and `Scripts/bench inference --json` printed.

    python Benchmarks/speed_page.py TRAINING.json INFERENCE.json
"""

import json
import pathlib
import statistics
import sys

import inference
import training
from machine import machine

PAGE = pathlib.Path(__file__).resolve().parents[1] / "Documentation" / "Speed.md"


def row(*cells) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def header(*names: str, text_columns: int) -> list[str]:
    return [row(*names), f"|{'---|' * text_columns}{'--:|' * (len(names) - text_columns)}"]


def command(kind: str, document: dict) -> list[str]:
    """How a document was made."""
    rounds = len(next(iter(document["results"][0]["rounds_ms"].values())))
    threads = document["machine"]["threads"]
    versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    return [
        f"    Scripts/bench {kind} --rounds {rounds} --threads {threads}", "",
        f"Medians of {rounds} round{'s' * (rounds > 1)} on {threads} thread{'s' * (threads > 1)}; {versions}.", "",
    ]


def training_part(document: dict) -> list[str]:
    lines = ["## Training", "", *command("training", document)]
    lines += header(
        "network", "precision", "PyTorch eager", "PyTorch compiled", "Pare", "speedup over the faster", "memory, share",
        text_columns=2,
    )
    for result in document["results"]:
        ms = result["median_ms"]
        lines.append(row(
            result["network"], result["precision"], f"{ms['eager']:.0f} ms", f"{ms['compiled']:.0f} ms", f"{ms['pare']:.0f} ms",
            f"{result['speedup']:.2f}", f"{result['memory_ratio']:.2f}" if result["memory_ratio"] else "",
        ))
    means = ", ".join(f"{mean:.2f} in {precision}" for precision, mean in document["geometric_means"].items())
    return [
        *lines, "",
        f"Geometric means: {means} (the project's goal: {training.GOAL}, and no case under {training.SINGLE_GOAL}). Memory is "
        "the growth of peak resident memory from the network's making on, as a share of the faster PyTorch mode's "
        f"(goal: {training.MEMORY_GOAL}).", "",
    ]


def inference_part(document: dict) -> list[str]:
    lines = ["## Inference", "", *command("inference", document)]
    lines += header(
        "network", "precision", "batch", "ONNX Runtime", "OpenVINO", "Pare", "over ONNX Runtime", "over OpenVINO",
        "compiling: ONNX Runtime, OpenVINO, Pare", text_columns=2,
    )
    for result in document["results"]:
        ms, speedup, compiling = result["median_ms"], result["speedup"], result["compile_ms"]
        tools = (*inference.PEERS, "pare")
        lines.append(row(
            result["network"], result["precision"], result["batch"], *(f"{ms[tool]:.3f} ms" for tool in tools),
            *(f"{speedup[peer]:.2f}" for peer in inference.PEERS),
            ", ".join(f"{compiling[tool]:.0f}" for tool in tools) + " ms",
        ))
    lines.append("")
    for precision, means in document["geometric_means"].items():
        goals = inference.GOALS[precision]
        found = ", ".join(f"{mean:.2f} over {peer} (goal {goals[peer]})" for peer, mean in means.items())
        lines.append(f"Geometric mean, {precision}: {found}.")
    slowest = min(min(result["speedup"].values()) for result in document["results"])
    middle = statistics.median(min(result["speedup"].values()) for result in document["results"])
    return [
        *lines, "",
        f"Against the better of the two, the least favourable case is {slowest:.2f} (goal {inference.SINGLE_GOAL}) and the "
        f"median {middle:.2f}. OpenVINO runs float32 in float32 here (its own rule would be bfloat16 on processors that have "
        "it).", "",
    ]


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    documents = [json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:]]
    parts = [
        "# Speed", "",
        f"Measured on {machine()}, interleaved as [Benchmarks](../Benchmarks/README.md) says; higher ratios are better for "
        "Pare. The page is made of two runs' documents by `Benchmarks/speed_page.py`.", "",
        *training_part(documents[0]), *inference_part(documents[1]),
    ]
    PAGE.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
