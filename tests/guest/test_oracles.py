# SPDX-License-Identifier: GPL-2.0-only
"""Every mistake of the catalogue, planted in a guest, is found by whom it must be found."""

from pathlib import Path

import pytest

from rig import faults
from rig.faults import Fault
from rig.gate import Gate
from rig.paths import FAULTS
from rig.selfcheck import Finding, check, faulty_gate
from rig.view.output import progress_for

CATALOGUE = faults.load(FAULTS)

# Of the others there are tests of their own (test_inconclusive).
PLANTED = [fault for fault in CATALOGUE.faults if fault.patches]


@pytest.fixture(scope="module")
def gates(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[Path, ...], Gate]:
    """One kernel for each set of patches."""
    out = tmp_path_factory.mktemp("faults")
    return {
        patches: faulty_gate(
            CATALOGUE, [fault for fault in PLANTED if fault.patches == patches], out, progress_for()
        )
        for patches in {fault.patches for fault in PLANTED}
    }


def told(finding: Finding) -> list[str]:
    return [f"{reason.id}: {reason.text}" for reason in finding.verdict.reasons]


@pytest.mark.parametrize(
    ("fault", "scenario"),
    [
        pytest.param(fault, scenario, id=f"{fault.id}-{scenario}")
        for fault in PLANTED
        for scenario in fault.shows
    ],
)
def test_a_mistake_is_found(
    gates: dict[tuple[Path, ...], Gate], fault: Fault, scenario: str
) -> None:
    finding = check(gates[fault.patches], fault, scenario)
    assert finding.as_it_must, told(finding)


@pytest.mark.parametrize("scenario", ["vim2m-export", "vim2m-merge", "vimc-stranger"])
def test_without_a_mistake_the_same_kernel_is_clean(
    gates: dict[tuple[Path, ...], Gate], scenario: str
) -> None:
    for gate in gates.values():
        finding = check(gate, None, scenario)
        assert finding.as_it_must, told(finding)
