# SPDX-License-Identifier: GPL-2.0-only
"""Reports that init provokes at the end of a case: each proves that a detector was alive.

Each is made by a module of the rig's own, with nothing else in front of it, so no report of
anything else passes for one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rig.evidence.splats import Splat

# PID 1: it loads the modules, and asks for the scan of kmemleak.
INIT = "T1"

LOCKS = ("m2m_canary_a", "m2m_canary_b")

# Of locks and, where KASAN is built in, of memory; of registers; of KCSAN; of kmemleak.
_MODULE = "m2m_canary"
_REGISTERS = "m2m_canary_mmio"
_RACES = "m2m_canary_races"
_LEAK = "m2m_canary_leak"


@dataclass(frozen=True, slots=True)
class Canaries:
    """The reports that were provoked, as far as they came.

    Args:
        locks: of lockdep.
        memory: of KASAN, after it.
        races: of KCSAN.
        leaks: of kmemleak; one for each object that was lost.
        registers: of what looks at accesses to them.
    """

    locks: Splat | None = None
    memory: Splat | None = None
    races: tuple[Splat, ...] = ()
    leaks: tuple[Splat, ...] = ()
    registers: tuple[Splat, ...] = ()

    @property
    def all(self) -> tuple[Splat, ...]:
        """Every one of them."""
        last = (self.locks, self.memory)
        early = (*self.registers, *self.races, *self.leaks)
        return (*early, *(splat for splat in last if splat is not None))


def split_canaries(splats: Sequence[Splat]) -> tuple[tuple[Splat, ...], Canaries]:
    """Split off the canaries.

    That of locks is a whole report of a circular dependency between exactly its two locks; that of
    memory, after it, one of KASAN.  Both are by init, and the last splats of all.  Those of
    registers, races and leaks come before them, and others may stand in between: what a scan of
    kmemleak finds is in no order.
    """
    registers, races, leaks = (
        tuple(filter(is_one, splats)) for is_one in (_is_register, _is_race, _is_leak)
    )
    rest = tuple(splat for splat in splats if splat not in (*registers, *races, *leaks))
    memory = rest[-1] if rest and _is_memory(rest[-1]) else None
    rest = rest[:-1] if memory else rest
    locks = rest[-1] if rest and _is_locks(rest[-1]) else None
    return (rest[:-1] if locks else rest), Canaries(locks, memory, races, leaks, registers)


def _is_locks(splat: Splat) -> bool:
    return (
        splat.kind == "circular-locking"
        and sorted(splat.locks) == list(LOCKS)
        and splat.caller == INIT
        and _is_by(_MODULE, splat)
    )


def _is_memory(splat: Splat) -> bool:
    return splat.kind == "kasan" and splat.caller == INIT and _is_by(_MODULE, splat)


def _is_register(splat: Splat) -> bool:
    return splat.kind == "mmio" and splat.caller == INIT and _is_by(_REGISTERS, splat)


def _is_race(splat: Splat) -> bool:
    return splat.kind == "kcsan" and _is_by(_RACES, splat)


def _is_leak(splat: Splat) -> bool:
    return splat.kind == "kmemleak" and splat.caller == INIT and _is_by(_LEAK, splat)


def _is_by(module: str, splat: Splat) -> bool:
    """Whether a whole report has frames of the module, and of no other one."""
    return (
        not splat.truncated
        and all(frame.module in (None, module) for frame in splat.frames)
        and any(frame.module == module for frame in splat.frames)
    )
