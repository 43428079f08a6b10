# SPDX-License-Identifier: GPL-2.0-only
"""What the findings tell of the kernel as it is, where no scenario of every day shows it."""

import pytest

from rig.base.paths import KNOWN_ISSUES, SCENARIOS
from rig.model.known import KnownIssue
from rig.model.known import load_all as load_known
from rig.model.scenario import Scenario, load_all
from tests.guest.conftest import M2mRig

FINDINGS = load_all(SCENARIOS / "findings")

# What only a fence shows needs a series that has one.
FENCED = [scenario for scenario in FINDINGS if scenario.about == "signalling"]

KNOWN = load_known(KNOWN_ISSUES)


def issues_of(scenario: Scenario) -> list[KnownIssue]:
    return [issue for issue in KNOWN if scenario.name in issue.scenarios]


# What nothing but an answer to a program shows.
ANSWERED = [
    scenario
    for scenario in FINDINGS
    if {sign.reason.partition(".")[0] for i in issues_of(scenario) for sign in i.signs} == {"uapi"}
]

# A driver or its power goes: whatever a series promises about fences holds until the crash.
GONE = [scenario for scenario in FINDINGS if scenario.about in ("going away", "sleep")]


@pytest.mark.long
@pytest.mark.parametrize("scenario", FINDINGS, ids=lambda scenario: scenario.name)
def test_a_finding_is_shown(m2m_rig: M2mRig, scenario: Scenario) -> None:
    fenced = ("--series=producer-fence", "--claim=fences")
    claim = "uapi" if scenario in ANSWERED else "locks"
    options = fenced if scenario in FENCED else ("--series=none", f"--claim={claim}")
    run = m2m_rig("run", scenario.name, *options)
    # Nothing else is judged, so the run proves nothing.
    assert run.status == 2, run.output + run.errors
    (case,) = run.verdict["cases"]
    assert case["verdict"] == "known issue"
    assert [issue["name"] for issue in case["known"]] == [i.name for i in issues_of(scenario)]


@pytest.mark.long
@pytest.mark.parametrize("scenario", GONE, ids=lambda scenario: scenario.name)
def test_the_series_makes_it_no_worse(m2m_rig: M2mRig, scenario: Scenario) -> None:
    run = m2m_rig("run", scenario.name, "--series=producer-fence")
    assert run.status == 2, run.output + run.errors
    (case,) = run.verdict["cases"]
    assert case["verdict"] == "known issue"
    assert case["known"]
