# SPDX-License-Identifier: GPL-2.0-only
"""The gate on series whose worth is known: what each scenario must say about each of them."""

import pytest

from tests.guest.conftest import M2mRig

# Workload, verdict on the locks, verdict on the fences, a reason that must be among those given.
Row = tuple[str, str, str, str]

CLEAN = ("CLEAN", "CLEAN", "")
STUB = ("CLEAN", "DIRTY", "fence.stub-in-flight")

NONE: tuple[Row, ...] = (
    ("W1", *STUB),
    ("W1c", "CLEAN", "DIRTY", "fence.torn-data"),
    ("W7", "CLEAN", "DIRTY", "fence.ready-in-flight"),
    ("W12", "CLEAN", "not judged", ""),
    ("W18", "CLEAN", "DIRTY", "fence.one-colour"),
    ("W18b", "CLEAN", "DIRTY", "fence.torn-data"),
)

V1: tuple[Row, ...] = (
    ("W1", *STUB),
    ("W2-system-fresh", "DIRTY", "DIRTY", "splat.oops"),
    ("W2-system-pending", "DIRTY", "DIRTY", "splat.kernel-bug"),
    ("W4-import", "CLEAN", "DIRTY", "fence.visible-too-early"),
    ("W10-import", "DIRTY", "DIRTY", "splat.oops"),
)

V2: tuple[Row, ...] = (
    ("W1", *STUB),
    ("W2-system-fresh", *CLEAN),
    ("W10-import", "DIRTY", "DIRTY", "splat.oops"),
    ("W12", *CLEAN),
)


@pytest.mark.parametrize(
    ("series", "rows"),
    [("none", NONE), ("release-fence-v1", V1), ("release-fence-v2", V2)],
)
def test_known_series(m2m_rig: M2mRig, series: str, rows: tuple[Row, ...]) -> None:
    workloads = [f"--workload={row[0]}" for row in rows]
    words = ("--driver=vim2m", "--driver=vimc", "--claim=locks", "--claim=fences")
    run = m2m_rig("run", "--series", series, *words, *workloads)
    assert run.status == 1, run.output + run.errors
    seen = {case["workload"]: case for case in run.verdict["cases"]}
    assert {workload: (case["claims"]["locks"], case["claims"]["fences"])
            for workload, case in seen.items()} == {row[0]: row[1:3] for row in rows}  # fmt: skip
    for workload, _, _, reason in rows:
        reasons = {found["id"] for found in seen[workload]["reasons"]}
        assert not reason or reason in reasons, (workload, reasons)


@pytest.mark.long
def test_good_fences_are_clean_under_three_seeds(m2m_rig: M2mRig) -> None:
    """Every scenario of vim2m, and the controls, under three schedules: no false alarm."""
    drivers = ("--driver=vim2m", "--driver=vimc", "--driver=none")
    run = m2m_rig("run", "--series=producer-fence", "--seeds=3", *drivers)
    assert run.status == 0, run.output + run.errors
    cases = run.verdict["cases"]
    assert len(cases) > 60
    assert {case["seed"] for case in cases} == {1, 2, 3}
    assert {case["claims"]["locks"] for case in cases} == {"CLEAN"}
    fences = {(case["driver"], case["claims"]["fences"]) for case in cases}
    assert {driver for driver, verdict in fences if verdict == "CLEAN"} >= {"vim2m", "vimc"}
    assert {verdict for _, verdict in fences} <= {"CLEAN", "not judged"}
