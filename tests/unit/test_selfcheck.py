# SPDX-License-Identifier: GPL-2.0-only
"""Mistakes are planted side by side, and each is told as its guest ends."""

from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.errors import GuestError, InputError
from rig.base.progress import Silent
from rig.campaign.selfcheck import Check, Finding, check_all, selfcheck
from rig.model.options import Options
from rig.run.catalogues import planted_mistakes
from tests.unit.workshop import Workshop, workshop

# In the guest of the corpus, whatever is planted there.
SCENARIO = "vim2m-signal"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = workshop(tmp_path)
    monkeypatch.setenv("FAKE_QEMU", str(made.fates))
    return made


@pytest.fixture
def checks() -> list[Check]:
    """Nothing, and mistakes that no module makes."""
    two = planted_mistakes().faults[:2]
    shows: dict[str, tuple[str, ...]] = {SCENARIO: ("fence.stub-in-flight",)}
    faults = [replace(fault, module="", sysctl={}, hardware="", shows=shows) for fault in two]
    return [(None, SCENARIO), *((fault, SCENARIO) for fault in faults)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_findings_are_told_as_they_come_and_kept_in_order(
    shop: Workshop, checks: list[Check], jobs: int
) -> None:
    told: list[Finding] = []
    found = check_all(shop.gate, checks, jobs, told.append)
    assert [(finding.fault, finding.scenario) for finding in found] == checks
    assert sorted(map(id, told)) == sorted(map(id, found))
    if jobs == 1:
        assert told == found
    # Each left its evidence in a place of its own.
    assert len({finding.folder for finding in found}) == len(found)
    assert all((finding.folder / "guest.json").exists() for finding in found)
    # Of a guest in which nothing was wrong, whatever was to be planted.
    assert all(finding.verdict.outcome == "CLEAN" for finding in found)
    assert [finding.as_it_must for finding in found] == [True, False, False]


def test_one_that_cannot_be_run_ends_them(shop: Workshop, checks: list[Check]) -> None:
    shop.luck({"*": ["old"]})
    with pytest.raises(GuestError, match="too old"):
        check_all(shop.gate, checks, 2, lambda finding: None)
    assert len(shop.starts()) <= 2


def test_they_are_planted_in_the_kernel_that_was_asked_for() -> None:
    faults = planted_mistakes().faults[:1]
    with pytest.raises(InputError, match="no kernel 'other'"):
        selfcheck(faults, Options(kernel="other"), Silent(), lambda finding: None)
