"""Interleaved measurement: every contender once a round, in turn, so that a slow spell of the machine meets them all."""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable


def interleave(contenders: dict[str, Callable[[], float]], rounds: int, progress=None) -> dict[str, list[float]]:
    """The figures of each contender, one a round; the order turns around from round to round."""
    figures = {name: [] for name in contenders}
    for index in range(rounds):
        for name in list(contenders) if index % 2 == 0 else reversed(contenders):
            figures[name].append(contenders[name]())
        if progress:
            progress(index, {name: values[-1] for name, values in figures.items()})
    return figures


def median_ratio(numerator: list[float], denominator: list[float]) -> float:
    """The median over rounds of the ratio within a round."""
    return statistics.median(n / d for n, d in zip(numerator, denominator, strict=True))


def run_json(command: list[str], environment: dict | None = None) -> dict:
    """Runs a command and reads the one JSON document on its standard output."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr[-2000:].strip()}")
    return json.loads(done.stdout)


def p50_ms(command: list[str]) -> float:
    """The median latency, in milliseconds, that a measuring command reports as latency_ms.p50."""
    return float(run_json(command)["latency_ms"]["p50"])


def settings(description: str, only: str) -> argparse.Namespace:
    """The options that every comparison has; `only` says what --only chooses."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", metavar="WORD", help=only)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error("--rounds is at least 1")
    return chosen


def told(name: str, rounds: int) -> Callable[[int, dict[str, float]], None]:
    """What `interleave` calls after each round to say on standard error how far a comparison is."""

    def progress(index: int, figures: dict[str, float]) -> None:
        line = ", ".join(f"{contender} {value:.3f} ms" for contender, value in sorted(figures.items()))
        print(f"{name}: round {index + 1} of {rounds}: {line}", file=sys.stderr, flush=True)

    return progress
