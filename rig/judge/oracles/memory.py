# SPDX-License-Identifier: GPL-2.0-only
"""Was KASAN alive to the last instruction, where it is built in?"""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence, guest_config
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise

SILENT = Kind(
    "memory.canary-silent",
    "The deliberate use of freed memory at the end was not reported: a real one would not be "
    "either.",
    premise=Premise.SOUND,
)


def canary(case: CaseEvidence) -> Iterator[Reason]:
    """The deliberate use of freed memory, reported as the very last splat of the log."""
    watched = b"CONFIG_KASAN=y" in guest_config(case.dump).splitlines()
    if watched and case.record.scenario.canary and case.dump.complete and not case.memory_canary:
        yield Reason(SILENT, "no report of KASAN about m2m_canary")


ORACLE = Oracle(
    name="memory",
    rank=55,
    looks_at="the second *canary*, where the kernel was built with KASAN (profile "
    "`lockdep+kasan`): a read of memory that was freed, the last thing in every case.",
    proves="that KASAN was on and reported a use of freed memory at the very end.",
    not_proven="anything where KASAN is not built in; and that freed memory had not been given out "
    "again by the time that it was used.",
    kinds=(SILENT,),
    looks=(canary,),
)
