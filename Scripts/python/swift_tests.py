"""Swift tests that read figures made by another tool, run by Scripts/verify."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree

from checking import ROOT, require
from material import work_folder


def run_swift_tests(name_filter: str, environment: dict[str, str], results_name: str) -> tuple[int, list[str]]:
    """Runs the tests whose name matches, none of which may be skipped: their number, and the figures they print."""
    results = work_folder() / f"{results_name}.xml"
    results.unlink(missing_ok=True)
    scratch = os.environ.get("PARE_TEST_SCRATCH", ".build-test")
    command = ["swift", "test", "-c", "release", "--scratch-path", scratch, "-Xswiftc", "-enable-testing"]
    command += ["--no-parallel", "--disable-xctest", "--filter", name_filter, "--xunit-output", str(results)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("✘", "figure:"))]
    said = "\n".join(lines or [done.stderr[-3000:]])
    require(done.returncode == 0, f"swift test --filter {name_filter} failed:\n{said}")
    require(results.exists(), f"swift test --filter {name_filter} wrote no results")
    cases = list(ElementTree.parse(results).iter("testcase"))
    skipped = [case.get("name") for case in cases if case.find("skipped") is not None]
    require(bool(cases), f"no test matches {name_filter}")
    require(not skipped, f"skipped though the figures are there: {skipped}")
    figures = [line.removeprefix("figure:").strip() for line in lines if line.startswith("figure:")]
    return len(cases), figures
