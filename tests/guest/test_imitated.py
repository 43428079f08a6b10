# SPDX-License-Identifier: GPL-2.0-only
"""What a block of imitated hardware may have besides one window that is looked at now and then.

The E5010 has two windows, an interrupt that is a level, and a driver that waits for registers.
Each kernel is a first build: many minutes, once.
"""

import pytest

from rig.evidence.case import read_case
from rig.evidence.hardware import HardwareLog
from tests.guest.conftest import M2mRig

pytestmark = pytest.mark.long


def hardware_of(m2m_rig: M2mRig, scenario: str, *options: str) -> HardwareLog:
    run = m2m_rig("run", scenario, "--series=none", "--claim=locks", *options)
    assert run.directory is not None, run.output + run.errors
    (case,) = (run.directory / "cases").iterdir()
    hardware = read_case(case).hardware
    assert hardware is not None, run.output + run.errors
    assert hardware.jobs
    return hardware


def test_who_is_told_of_writes_looks_less_often(m2m_rig: M2mRig) -> None:
    looked = hardware_of(m2m_rig, "e5010-siblings")
    told = hardware_of(m2m_rig, "e5010-siblings", "--profile=lockdep+mmio")
    # A job is seen when it is started, else when it is looked for: as many jobs by half the looks.
    assert len(told.jobs) == len(looked.jobs)
    assert told.stats["e5010.polls"] * 2 < looked.stats["e5010.polls"]


def test_a_level_that_nobody_takes_note_of_comes_again(m2m_rig: M2mRig) -> None:
    stats = hardware_of(m2m_rig, "e5010-fault-double").stats
    # Beyond those that the hardware raised; an edge comes once.
    assert stats["e5010.retries"] > 0
    taken = hardware_of(m2m_rig, "e5010-siblings").stats
    assert taken["e5010.interrupts"] == taken["e5010.done"]
