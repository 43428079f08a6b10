# SPDX-License-Identifier: GPL-2.0-only
"""Every mistake of the catalogue, planted in a guest, is found by whom it must be found."""

from pathlib import Path

import pytest

from rig.base.paths import FAULTS
from rig.campaign.selfcheck import Finding, check, faulty_gate
from rig.model import faults
from rig.model.faults import Fault
from rig.run.gate import Gate
from rig.view.output import progress_for

Gates = dict[tuple[str, tuple[Path, ...], bool, str], Gate]

CATALOGUE = faults.load(FAULTS)

# Of the others there are tests of their own (test_inconclusive, test_profiles, test_waits).
PLANTED = [
    fault
    for fault in CATALOGUE.faults
    if fault.patches and not fault.profile and fault.series == "producer-fence"
]


@pytest.fixture(scope="module")
def gates(tmp_path_factory: pytest.TempPathFactory) -> Gates:
    """All kernels in which mistakes can be made."""
    out = tmp_path_factory.mktemp("faults")
    return {
        kernel: faulty_gate(
            [fault for fault in PLANTED if fault.kernel == kernel], out, progress_for()
        )
        for kernel in {fault.kernel for fault in PLANTED}
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
def test_a_mistake_is_found(gates: Gates, fault: Fault, scenario: str) -> None:
    finding = check(gates[fault.kernel], fault, scenario)
    assert finding.as_it_must, told(finding)


@pytest.mark.parametrize(
    ("fault", "scenario"),
    [
        pytest.param(fault, scenario, id=f"{fault.id}-{scenario}")
        for fault in PLANTED
        if fault.strict
        for scenario in fault.shows
    ],
)
def test_what_only_strict_shows_is_clean_without(gates: Gates, fault: Fault, scenario: str) -> None:
    finding = check(gates[fault.series, fault.patches, False, ""], fault, scenario)
    assert finding.verdict.outcome == "CLEAN", told(finding)


@pytest.mark.parametrize("scenario", ["vim2m-export", "vim2m-merge", "vimc-stranger"])
def test_without_a_mistake_the_same_kernel_is_clean(gates: Gates, scenario: str) -> None:
    for gate in gates.values():
        finding = check(gate, None, scenario)
        assert finding.as_it_must, told(finding)
