"""How every peer is timed: warm-up, then repeats for a given time; the same report as `pare profile --json`."""

import argparse
import json
import statistics
import time
from collections.abc import Callable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of a script that measures an inference."""
    parser.add_argument("model")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--warm-up-seconds", type=float, default=0.5)


def latency_ms(call: Callable[[], object], seconds: float, warm_up_seconds: float) -> dict:
    """Milliseconds of one call: mean, p50, p90, p99, min."""
    deadline = time.perf_counter() + warm_up_seconds
    call()
    while time.perf_counter() < deadline:
        call()
    samples = []
    deadline = time.perf_counter() + seconds
    while len(samples) < 5 or time.perf_counter() < deadline:
        start = time.perf_counter()
        call()
        samples.append((time.perf_counter() - start) * 1e3)
    samples.sort()

    def percentile(fraction: float) -> float:
        return samples[min(int(fraction * len(samples)), len(samples) - 1)]

    return {
        "mean": statistics.fmean(samples),
        "p50": statistics.median(samples),
        "p90": percentile(0.9),
        "p99": percentile(0.99),
        "min": samples[0],
    }


def report(batch: int, threads: int, latency: dict, compile_ms: float, **more: float) -> None:
    """Prints the JSON document."""
    print(json.dumps({"batch": batch, "threads": threads, "compile_ms": compile_ms, "latency_ms": latency, **more}))
