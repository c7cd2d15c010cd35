"""Writes Documentation/Operators.md from what `pare operators` says and from a run of ONNX's conformance cases.

    PARE=path/to/pare python Scripts/reference/operator-table.py
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Scripts" / "checks"), str(ROOT / "Scripts" / "python")]

from checking import PARE  # noqa: E402  (found through the line above)
from operator_table import TABLE, table  # noqa: E402


def main() -> None:
    TABLE.write_text(table(PARE), encoding="utf-8")
    print(f"wrote {TABLE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
