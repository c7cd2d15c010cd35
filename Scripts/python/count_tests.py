"""Prints "passed failed skipped" of an xUnit file that `swift test` wrote, and names what was skipped and why."""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def main(path: pathlib.Path) -> int:
    # Swift Testing writes beside the name asked for where XCTest is enabled as well.
    beside = path.with_name(f"{path.stem}-swift-testing{path.suffix}")
    written = beside if beside.exists() else path
    if not written.exists():
        print(f"count_tests: no results at {path}", file=sys.stderr)
        return 1
    passed = failed = skipped = 0
    for case in ElementTree.parse(written).iter("testcase"):
        reason = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif reason is not None:
            skipped += 1
            print(f"skipped: {case.get('classname')} {case.get('name')}: {reason.text or ''}", file=sys.stderr)
        else:
            passed += 1
    print(passed, failed, skipped)
    return 0 if passed + failed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
