# SPDX-License-Identifier: GPL-2.0-only
"""Whether the log is whole."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise

# A log with one hole often has many; this many are told, the rest is counted.
GAPS_TOLD = 3

GAP = Kind(
    "log.gap",
    "The serial log and the kernel's own record disagree: a line was lost or altered, and it might "
    "have been the one that mattered.",
    premise=Premise.LOGGED,
    blinds=True,
)
DROPPED = Kind(
    "log.dropped",
    "The kernel says that it dropped or suppressed messages.",
    premise=Premise.LOGGED,
)
NO_RECORD = Kind(
    "log.no-record",
    "The guest did not deliver the kernel's own record of its log.",
    premise=Premise.LOGGED,
    blinds=True,
)


def whole(case: CaseEvidence) -> Iterator[Reason]:
    """Whether serial log and the kernel's own record agree, line by line."""
    if "kmsg" not in case.dump.files:
        yield Reason(NO_RECORD, "the guest delivered no kmsg")
        return
    canary = case.canaries.memory or case.canary
    if canary is not None and case.continuity.proven_line < canary.last_line:
        # What the kernel printed after its record was read cannot be compared: that may be the way
        # down, but nothing before the end of the canary.
        yield Reason(
            GAP,
            "the kernel's record ends before the canary does",
            serial=case.continuity.proven_line,
        )
    gaps = case.continuity.gaps
    for gap in gaps[:GAPS_TOLD]:
        kind = DROPPED if gap.kind in ("dropped", "suppressed") else GAP
        yield Reason(kind, gap.detail, serial=gap.serial_line or 0)
    if len(gaps) > GAPS_TOLD:
        yield Reason(GAP, f"and {len(gaps) - GAPS_TOLD} more places like these")


ORACLE = Oracle(
    name="log",
    rank=60,
    looks_at="the serial log against the kernel's own record (`/dev/kmsg`), record by record.",
    proves="that no line was lost, cut or altered between the kernel and the oracles, up to the "
    "end of the canary.",
    not_proven="anything about what the kernel prints after its record was read: that is the way "
    "down.",
    kinds=(GAP, DROPPED, NO_RECORD),
    looks=(whole,),
)
