# SPDX-License-Identifier: GPL-2.0-only
"""Were the detectors that a profile adds alive to the end, where they are built in?"""

from collections.abc import Iterator

from rig.evidence.canaries import Canaries
from rig.evidence.case import CaseEvidence, guest_config
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise

MEMORY_SILENT = Kind(
    "memory.canary-silent",
    "The deliberate use of freed memory at the end was not reported: a real one would not be "
    "either.",
    premise=Premise.SOUND,
)
RACES_SILENT = Kind(
    "races.canary-silent",
    "The deliberate data race at the end was not reported: a real one would not be either.",
    premise=Premise.SOUND,
)
LEAKS_SILENT = Kind(
    "leaks.canary-silent",
    "The memory that was lost on purpose at the end was not reported: what others lost would not "
    "be either.",
    premise=Premise.SOUND,
)
REGISTERS_SILENT = Kind(
    "registers.canary-silent",
    "The deliberate access to a register without power at the end was not reported: a driver's "
    "would not be either.",
    premise=Premise.SOUND,
)

# By the symbol that builds a detector in: what is owed then, and what its silence is.
_OWED = {
    b"CONFIG_KASAN=y": (MEMORY_SILENT, "no report of KASAN about m2m_canary"),
    b"CONFIG_KCSAN=y": (RACES_SILENT, "no report of KCSAN about m2m_canary_races"),
    b"CONFIG_DEBUG_KMEMLEAK=y": (LEAKS_SILENT, "no report of kmemleak about m2m_canary_leak"),
    b"CONFIG_TRACE_MMIO_ACCESS=y": (
        REGISTERS_SILENT,
        "no report of an access to a register by m2m_canary_mmio",
    ),
}


def alive(case: CaseEvidence) -> Iterator[Reason]:
    """The deliberate defect of each detector, reported."""
    if not (case.record.scenario.canary and case.dump.complete):
        return
    configured = guest_config(case.dump).splitlines()
    heard = _heard(case.canaries)
    for symbol, (silent, text) in _OWED.items():
        if symbol in configured and silent not in heard:
            yield Reason(silent, text)


def _heard(canaries: Canaries) -> tuple[Kind, ...]:
    """The kinds of silence that there was not."""
    came = ((MEMORY_SILENT, canaries.memory), (RACES_SILENT, canaries.races),
            (LEAKS_SILENT, canaries.leaks), (REGISTERS_SILENT, canaries.registers))  # fmt: skip
    return tuple(kind for kind, reports in came if reports)


ORACLE = Oracle(
    name="detectors",
    rank=55,
    looks_at="the other *canaries*, one for each detector that a profile adds "
    "([profiles](../guide/profiles.md)): with KASAN a read of memory that was freed, the last "
    "thing in every case; with KCSAN two threads that write to one variable; with kmemleak four "
    "objects that nothing points to; with `mmio` a register that is read without power.",
    proves="that the detector was on at the very end, and reported what it is for.",
    not_proven="anything of a detector that is not built in; that freed memory had not been given "
    "out again by the time that it was used (KASAN); that both sides of a race were watched while "
    "they met (KCSAN looks at one access of hundreds); that what nothing points to has not left "
    "its address in a register, a stack or elsewhere (kmemleak); that clocks which no block has, "
    "such as a bus's, were on (mmio).",
    kinds=(MEMORY_SILENT, RACES_SILENT, LEAKS_SILENT, REGISTERS_SILENT),
    looks=(alive,),
)
