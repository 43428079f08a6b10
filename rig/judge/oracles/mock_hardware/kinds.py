# SPDX-License-Identifier: GPL-2.0-only
"""The reasons of imitated hardware."""

from rig.judge.kinds import Effects, Kind
from rig.judge.oracles.contract.kinds import ERROR_AS_SUCCESS, SUCCESS_AS_ERROR
from rig.model.claim import Premise
from rig.model.claims.fences import CLAIM as FENCES

_BROKEN: Effects = {FENCES: "DIRTY"}


def _unsound(id: str, meaning: str) -> Kind:
    return Kind(id, meaning, premise=Premise.HARDWARE)


LOST_EVIDENCE = _unsound(
    "hardware.lost-evidence",
    "The guest did not deliver the whole record of what its imitated hardware did.",
)
VIOLATION = _unsound(
    "hardware.violation",
    "The imitated hardware was asked for what real hardware would not survive, and no injected "
    "fault led there.",
)
UNBALANCED = _unsound(
    "hardware.unbalanced",
    "Jobs of the imitated hardware, their ends, its clock or its faults do not add up.",
)
IDLE = _unsound(
    "hardware.idle",
    "The imitated hardware was given fewer jobs than expected, or did nothing wrong where it was "
    "to.",
)
CLOCKS_DIFFER = _unsound(
    "hardware.clocks-differ",
    "The trace and the record of the hardware cannot be about the same time.",
)
SIGNALED_BEFORE_HARDWARE = Kind(
    "fence.signaled-before-hardware",
    "A fence signaled while the hardware was still at work on its job.",
    _BROKEN,
)
WRONG_ERROR = Kind(
    "fence.wrong-error",
    "A fence signaled another error than the one that its job ended with.",
    _BROKEN,
)
MISSING_FOR_JOB = Kind(
    "fence.missing-for-job",
    "The hardware ran a job for which no fence was published.",
    _BROKEN,
)
WITHOUT_JOB = Kind(
    "fence.without-job",
    "A fence was published, and the hardware was never started.",
    _BROKEN,
)

KINDS = (
    LOST_EVIDENCE,
    VIOLATION,
    UNBALANCED,
    IDLE,
    CLOCKS_DIFFER,
    SIGNALED_BEFORE_HARDWARE,
    WRONG_ERROR,
    MISSING_FOR_JOB,
    WITHOUT_JOB,
    # Rows of the contract that the hardware knows better.
    ERROR_AS_SUCCESS,
    SUCCESS_AS_ERROR,
)
