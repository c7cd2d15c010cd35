"""ONNX's own cases of single nodes: what Pare promises to run it runs right, and all else it refuses in one line."""

from checking import PARE, require
from node_cases import OPERATORS, outcomes_of
from operator_table import TABLE, table

# Raised as operators land.
FLOOR = 439


def check_promised_cases():
    promised = [outcome for outcome in outcomes_of(PARE) if outcome.operator in OPERATORS]
    left = [outcome for outcome in promised if outcome.verdict != "passed"]
    for outcome in left:
        print(f"        {outcome.verdict} {outcome.name}: {outcome.reason}")
    passed = len(promised) - len(left)
    require(passed >= FLOOR, f"{passed} of {len(promised)} cases pass, {FLOOR} did before")
    return f"{passed} of {len(promised)} cases of {len(OPERATORS)} operators pass (at least {FLOOR})"


def check_everything_else_is_refused():
    """No case gives another result, a crash, or an error that does not say that Pare is the limit."""
    outcomes = outcomes_of(PARE)
    wrong = [f"{outcome.name}: {outcome.reason}" for outcome in outcomes if outcome.verdict == "wrong"]
    require(not wrong, f"{len(wrong)} cases are neither passed nor refused:\n" + "\n".join(wrong))
    refused = sum(outcome.verdict == "refused" for outcome in outcomes)
    return f"{len(outcomes) - refused} of {len(outcomes)} cases pass, {refused} are refused"


def check_operator_table():
    """Documentation/Operators.md is what this run says."""
    current = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    wanted = table(PARE)
    stale = [line for line in wanted.splitlines() if line not in current.splitlines()]
    require(
        current == wanted,
        f"{TABLE.name} is out of date; Scripts/reference/operator-table.py writes it anew:\n" + "\n".join(stale[:20]))
    return f"{wanted.count('| kernel |') + wanted.count('| reference |')} operators"
