"""The table of operators of the documentation."""

import collections
import json
import pathlib
import subprocess

import onnx

from node_cases import outcomes_of

TABLE = pathlib.Path(__file__).resolve().parents[2] / "Documentation" / "Operators.md"
FIRST_OPSET, LAST_OPSET = 7, 28

HEAD = """# Operators

The ONNX operators that Pare runs. `Scripts/reference/operator-table.py` writes this page from `pare operators` and from
a run of ONNX's own cases of single nodes ([onnx.backend.test](https://github.com/onnx/onnx), version {version}) through
`pare infer`; `Scripts/checks` fails where it is out of date.

- **opsets**: the versions of the operator set in which files that use it are read.
- **cases**: passed of all whose inputs and outputs are float32, int64, int32, int8, uint8 or bool, {passed} of {total}
  in all. Integer inputs that shape rules read (axes, a shape, pads) are taken as constants and compiled for.
- **runs by**: a kernel, at least in its usual forms; or the reference evaluation, which is exact and slow.
- **gradient**: whether networks are trained through it.
- **channels**: whether pruning follows channels through it, or stops at it.

What does not pass is refused with an error that names operator, node and opset, as is every operator that is not
listed; no case gives another result. In a file such nodes are kept byte for byte.

| operator | opsets | cases | runs by | gradient | channels |
|---|---|---|---|---|---|
"""


def table(pare: str) -> str:
    """The page."""
    said = subprocess.run([pare, "operators", "--json"], capture_output=True, text=True, check=True).stdout
    entries = json.loads(said)["operators"]
    names = {entry["name"] for entry in entries}
    outcomes = [outcome for outcome in outcomes_of(pare) if outcome.operator in names]
    total = collections.Counter(outcome.operator for outcome in outcomes)
    passed = collections.Counter(outcome.operator for outcome in outcomes if outcome.verdict == "passed")
    rows = "".join(_row(entry, passed[entry["name"]], total[entry["name"]]) for entry in entries)
    return HEAD.format(version=onnx.__version__, passed=passed.total(), total=total.total()) + rows


def _row(entry: dict, passed: int, total: int) -> str:
    cells = [
        entry["name"],
        _opsets(entry["name"]),
        f"{passed} of {total}" if total else "none",
        "kernel" if entry["kernel"] else "reference",
        "yes" if entry["gradient"] else "no",
        "coupled" if entry["couples_channels"] else "blocked",
    ]
    return f"| {' | '.join(cells)} |\n"


def _opsets(name: str) -> str:
    history = onnx.defs.get_all_schemas_with_history()
    schemas = [schema for schema in history if schema.name == name and not schema.domain]
    first = max(FIRST_OPSET, min(schema.since_version for schema in schemas))
    ended = [schema.since_version - 1 for schema in schemas if schema.deprecated]
    return f"{first} to {min([LAST_OPSET, *ended])}"
