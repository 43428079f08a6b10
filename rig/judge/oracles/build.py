# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel was built without."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise

PATCH_MISSING = Kind(
    "rig.patch-missing",
    "One of the rig's own patches does not apply to this kernel, so its oracle was blind.",
    premise=Premise.RIG,
)


def patched(case: CaseEvidence) -> Iterator[Reason]:
    """Every patch of the rig that the driver needs is in."""
    kernel = case.record.kernel
    for patch in kernel.missing_patches:
        files = kernel.missing_files.get(patch, ())
        if case.record.scenario.concerned(files, kernel.drivers_only):
            yield Reason(PATCH_MISSING, f"{patch} does not apply to this kernel")


ORACLE = Oracle(
    name="build",
    rank=120,
    looks_at="which of the rig's own patches apply to this kernel.",
    proves="that every oracle had the events and switches that it needs.",
    not_proven="that the rig's patches change nothing else; `changed_by_rig` in `build.json` and "
    "the reports name each file that they touch. Among them are vim2m, visl and vicodec, whose "
    "imitated work the patches move to the moment when a device would do it.",
    kinds=(PATCH_MISSING,),
    looks=(patched,),
)
