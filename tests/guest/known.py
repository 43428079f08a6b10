# SPDX-License-Identifier: GPL-2.0-only
"""Tables of what is known of a series: what each scenario must say about it."""

from rig.evidence.case import read_case
from tests.guest.conftest import Command, M2mRig

# Scenario, verdict on the locks, verdict on the fences, a reason that must be among those given.
Row = tuple[str, str, str, str]

CLEAN = ("CLEAN", "CLEAN", "")
STUB = ("CLEAN", "DIRTY", "fence.stub-in-flight")
FOREIGN = ("CLEAN", "DIRTY", "fence.missing-in-flight")
# Nothing was seen that is wrong, and no fence either of which something could be.
FENCELESS = ("CLEAN", "INCONCLUSIVE", "exercise.no-fence")


def judge(m2m_rig: M2mRig, series: str, rows: tuple[Row, ...]) -> Command:
    """Run the scenarios of a table, and hold the verdicts against it."""
    names = [row[0] for row in rows]
    claims = ("--claim=locks", "--claim=fences")
    run = m2m_rig("run", *names, "--series", series, *claims)
    dirty = any("DIRTY" in row for row in rows)
    assert run.status == (1 if dirty else 0), run.output + run.errors
    seen = {
        case["scenario"]: (case["claims"]["locks"], case["claims"]["fences"])
        for case in run.verdict["cases"]
    }
    assert seen == {row[0]: row[1:3] for row in rows}
    for scenario, _, _, reason in rows:
        assert not reason or reason in reasons_of(run, scenario), scenario
    return run


def reasons_of(run: Command, scenario: str) -> set[str]:
    """The ids of all reasons that were given for a scenario."""
    cases = [case for case in run.verdict["cases"] if case["scenario"] == scenario]
    return {reason["id"] for case in cases for reason in case["reasons"]}


def edges_of(run: Command, case: str) -> set[tuple[str, str]]:
    """The order of locks that the guest of a case had seen."""
    graph = read_case(run.case(case)).graph
    assert graph is not None
    return set(graph.edges_by_name())
