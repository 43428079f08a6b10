# SPDX-License-Identifier: GPL-2.0-only
"""No false alarm: every scenario, on the series that does it right, under three schedules."""

from collections.abc import Iterable, Mapping

import pytest

from rig.cumulative import families, members
from rig.known import load_all as load_known
from rig.options import TOGETHER
from rig.paths import KNOWN_ISSUES, SCENARIOS
from rig.scenario import SUFFIX, load_all
from tests.guest.conftest import Command, M2mRig

SERIES = "producer-fence"
SEEDS = 3

ALL = load_all(SCENARIOS)
FAMILIES = {family.name: members(family, ALL) for family in families(ALL)}
SHARED = {scenario.name for family in FAMILIES.values() for scenario in family}
ALONE = [scenario for scenario in ALL if scenario.name not in SHARED]

# These show a defect of the driver that is on record, whatever the series.
KNOWN = {
    scenario: issue.name
    for issue in load_known(KNOWN_ISSUES)
    if not issue.series or SERIES in issue.series
    for scenario in issue.scenarios
}


def hold(run: Command, names: Iterable[str], known: Mapping[str, str]) -> None:
    """Every case has run, and is clean but for what is known of it."""
    assert run.status == 0, run.output + run.errors
    cases = run.verdict["cases"]
    seen = {case["id"]: "".join(issue["name"] for issue in case["known"]) for case in cases}
    assert seen == {
        f"{name}-s{seed}": known.get(name, "") for name in names for seed in range(1, SEEDS + 1)
    }
    for case in cases:
        if not case["known"]:
            assert case["claims"]["locks"] == "CLEAN"
            assert case["claims"]["fences"] in ("CLEAN", "not judged")


def test_families_are_clean(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", f"--series={SERIES}", f"--seeds={SEEDS}", f"--workload={TOGETHER}")
    hold(run, FAMILIES, {})
    assert {case["claims"]["fences"] for case in run.verdict["cases"]} == {"CLEAN"}


# A run must judge both claims, and the first of these has no fences.
@pytest.mark.parametrize("drivers", [("none", "vim2m", "vimc"), ("rga",), ("hantro",)])
def test_those_that_run_alone_are_clean(m2m_rig: M2mRig, drivers: tuple[str, ...]) -> None:
    names = [scenario.name for scenario in ALONE if scenario.driver in drivers]
    files = [f"--scenario={SCENARIOS / name}{SUFFIX}" for name in names]
    run = m2m_rig("run", f"--series={SERIES}", f"--seeds={SEEDS}", *files)
    hold(run, names, KNOWN)


def test_no_scenario_is_left_out() -> None:
    assert {scenario.driver for scenario in ALONE} == {"none", "vim2m", "vimc", "rga", "hantro"}
