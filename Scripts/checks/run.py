"""Runs the checks of a folder: every function named check_... in every Python file beside this one.

    PARE=path/to/pare python Scripts/checks/run.py [--folder Scripts/verify.d] [--only WORD ...] [--counts FILE]

A check passes by returning (a string that it returns is printed as its figure), fails by raising, and is skipped by
raising checking.Skip with the reason. Exit code 1 if any failed. --counts writes "passed failed skipped" to a file.
"""

import argparse
import importlib
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python")]

import checking  # noqa: E402  (found through the line above)


def load_checks(folder: pathlib.Path) -> list:
    """The check functions of a folder's files, as (name, function or the exception that stopped the import)."""
    checks = []
    # Files of a folder may import each other.
    sys.path.insert(0, str(folder))
    for path in sorted(folder.glob("*.py")):
        if path.name in ("run.py", "checking.py"):
            continue
        try:
            module = importlib.import_module(path.stem)
        except Exception as error:
            checks.append((path.stem, error))
            continue
        names = [name for name in vars(module) if name.startswith("check_")]
        if not names:
            checks.append((path.stem, ValueError(f"{path} defines no check_... function")))
        checks += [(f"{path.stem}.{name.removeprefix('check_')}", vars(module)[name]) for name in names]
    return checks


def run(name: str, check) -> str:
    """Runs one check, prints its line, and returns "passed", "failed" or "skipped"."""
    start = time.monotonic()
    try:
        if isinstance(check, Exception):
            raise check
        figure = check()
    except checking.Skip as reason:
        print(f"SKIPPED {name}: {reason}", flush=True)
        return "skipped"
    except Exception as error:
        print(f"FAILED  {name}: {error or type(error).__name__}", flush=True)
        if not isinstance(error, checking.Failure):
            traceback.print_exception(error)
        return "failed"
    print(f"ok      {name} ({time.monotonic() - start:.1f} s){': ' + figure if figure else ''}", flush=True)
    return "passed"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, default=HERE)
    parser.add_argument("--only", nargs="*", default=[], help="run the checks whose name contains one of these words")
    parser.add_argument("--counts", type=pathlib.Path)
    arguments = parser.parse_args()

    checks = load_checks(arguments.folder.resolve())
    if arguments.only:
        checks = [(name, check) for name, check in checks if any(word in name for word in arguments.only)]
    if not checks:
        print(f"no checks to run in {arguments.folder}", file=sys.stderr)
        return 1
    outcomes = [run(name, check) for name, check in checks]
    counts = [outcomes.count(outcome) for outcome in ("passed", "failed", "skipped")]
    print("checks: {} passed, {} failed, {} skipped".format(*counts), flush=True)
    if arguments.counts:
        arguments.counts.write_text("{} {} {}\n".format(*counts), encoding="utf-8")
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
