# SPDX-License-Identifier: GPL-2.0-only
"""Devices that wait for the fences of others, and those that do not."""

import pytest

from rig.base.paths import FAULTS
from rig.campaign.selfcheck import check, faulty_gate
from rig.model import faults
from rig.run.gate import Gate
from rig.view.output import progress_for

PLANTED = [fault for fault in faults.load(FAULTS).faults if fault.series == "consumer-fence"]

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """A kernel in which all of these mistakes can be made."""
    return faulty_gate(PLANTED, tmp_path_factory.mktemp("waits"), progress_for())


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.id)
def test_a_mistake_is_found(gate: Gate, fault: faults.Fault) -> None:
    for scenario in fault.shows:
        finding = check(gate, fault, scenario)
        assert finding.as_it_must, [f"{each.id}: {each.text}" for each in finding.verdict.reasons]


@pytest.mark.parametrize("scenario", sorted({name for each in PLANTED for name in each.shows}))
def test_without_a_mistake_it_is_clean(gate: Gate, scenario: str) -> None:
    assert check(gate, None, scenario).as_it_must
