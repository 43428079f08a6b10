# SPDX-License-Identifier: GPL-2.0-only
"""No false alarm: every scenario, on the series that does it right, under three schedules."""

from collections.abc import Iterable, Mapping

import pytest

from rig.base.paths import KERNEL_CONFIG, KNOWN_ISSUES, SCENARIOS
from rig.kernel.series import load as load_series
from rig.model.known import load_all as load_known
from rig.model.options import TOGETHER, Options
from rig.model.scenario import load_all
from rig.run.chosen import FIRST, chosen_scenarios
from rig.run.families import families, is_family, members
from rig.run.selection import suiting
from tests.guest.conftest import Command, M2mRig

SERIES = "producer-fence"
SEEDS = 3

ALL = load_all(SCENARIOS)
CASES = chosen_scenarios(Options())

# These show a defect of the driver that is on record, whatever the series.
CHANCE = {issue.name for issue in load_known(KNOWN_ISSUES) if issue.chance}
KERNEL = "6.12.117-m2m-rig"
PATCHES = [patch.subject for patch in load_series(SERIES, KERNEL_CONFIG / "series").patches]
KNOWN = {
    scenario: issue.name
    for issue in load_known(KNOWN_ISSUES)
    if not (issue.strict or issue.chance)
    for scenario in issue.scenarios
    if issue.concerns(scenario, SERIES, KERNEL, PATCHES)
}


def hold(run: Command, names: Iterable[str], known: Mapping[str, str]) -> None:
    """Every case has run, and is clean but for what is known of it."""
    assert run.status == 0, run.output + run.errors
    cases = run.verdict["cases"]
    seen = {
        case["id"]: "".join(issue["name"] for issue in case["known"] if issue["name"] not in CHANCE)
        for case in cases
    }
    assert seen == {
        f"{name}-s{seed}": known.get(name, "") for name in names for seed in range(1, SEEDS + 1)
    }
    for case in cases:
        if not case["known"]:
            assert case["claims"]["locks"] == "CLEAN"
            assert case["claims"]["fences"] in ("CLEAN", "not judged")


# A run must judge both claims, and what is about no driver has no fences.
@pytest.mark.parametrize(
    "drivers", [("none", "vim2m", "vimc", "vicodec", "visl"), ("rga",), ("hantro",)]
)
def test_nothing_is_wrong(m2m_rig: M2mRig, drivers: tuple[str, ...]) -> None:
    asked = [f"--driver={driver}" for driver in drivers]
    run = m2m_rig("run", f"--series={SERIES}", f"--seeds={SEEDS}", *asked)
    # What makes a claim that this series does not make is left to those that do.
    usual = [case for case in CASES if all(claim.by_default for claim in case.claims)]
    chosen = [case for case in usual if case.driver in drivers]
    hold(run, [case.name for case in suiting(chosen, run.verdict["kernel"])], KNOWN)
    for case in run.verdict["cases"]:
        if TOGETHER in case["id"]:
            assert case["claims"]["fences"] == "CLEAN"


def test_no_scenario_is_left_out() -> None:
    assert {case.driver for case in CASES} == {
        "none", "vim2m", "vimc", "vicodec", "visl", "rga", "hantro",
    }  # fmt: skip
    held = [part.name for case in families(ALL) for part in members(case, ALL)]
    alone = [case.name for case in CASES if not is_family(case) and case.name != FIRST]
    assert sorted(held + alone) == sorted(scenario.name for scenario in ALL)
