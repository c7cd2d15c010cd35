"""The command behind Scripts/fuzz."""

import argparse
import pathlib
import sys
import time

import fuzzing
import pare_file


def main() -> int:
    parser = argparse.ArgumentParser(prog="Scripts/fuzz", description="Feeds mutated ONNX and .pare files to Pare.")
    parser.add_argument("--count", type=int, default=20_000, help="how many files (default: 20000)")
    parser.add_argument("--seed", type=int, default=0, help="the files follow from it (default: 0)")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("out/fuzz"), help="where findings are kept")
    parser.add_argument("--driver", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--pare", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    started = time.monotonic()

    def show(result):
        if result.count % 500 == 0 or result.count == arguments.count:
            spent = time.monotonic() - started
            left = spent / result.count * (arguments.count - result.count)
            print(f"fuzz: {result.summary()} ({left:.0f} s left)", file=sys.stderr, flush=True)

    result = fuzzing.fuzz(arguments.driver, arguments.pare, arguments.count, arguments.seed, show)
    for finding in result.findings:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        extension = "pare" if finding.data.startswith(pare_file.MAGIC) else "onnx"
        path = arguments.keep / f"seed{arguments.seed}-{finding.index}-{finding.kind}.{extension}"
        path.write_bytes(finding.data)
        print(f"{finding.kind}: {path}: {finding.detail}")
    print(result.summary())
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
