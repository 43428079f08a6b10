# SPDX-License-Identifier: GPL-2.0-only
"""No false alarm: every scenario, on the series that does it right, under three schedules."""

from collections import Counter

import pytest

from rig.paths import SCENARIOS
from rig.scenario import load_all
from tests.guest.conftest import M2mRig

SEEDS = 3

# These show a defect of the driver that is on record, whatever the series.
KNOWN = {
    "hantro-fault-echo": "hantro-repeated-completion",
    "hantro-fault-partial": "vepu-partial-picture",
    "hantro-fault-stale": "hantro-stale-completion",
}


@pytest.mark.parametrize(
    "drivers", [("vim2m", "vimc", "none"), ("rga",), ("hantro",), ("visl",), ("vicodec",)]
)
def test_good_fences_are_clean(m2m_rig: M2mRig, drivers: tuple[str, ...]) -> None:
    words = [f"--driver={driver}" for driver in drivers]
    run = m2m_rig("run", "--series=producer-fence", f"--seeds={SEEDS}", *words)
    assert run.status == 0, run.output + run.errors
    names = [scenario.name for scenario in load_all(SCENARIOS) if scenario.driver in drivers]
    expected = {
        f"{name}-s{seed}": KNOWN.get(name, "") for name in names for seed in range(1, SEEDS + 1)
    }
    cases = run.verdict["cases"]
    seen = {case["id"]: "".join(issue["name"] for issue in case["known"]) for case in cases}
    assert seen == expected
    clean = Counter(case["driver"] for case in cases if case["claims"]["fences"] == "CLEAN")
    assert set(clean) == set(drivers) - {"none"}
