# SPDX-License-Identifier: GPL-2.0-only
"""Where a detector is built in, it is proven alive to the end."""

import gzip
from dataclasses import replace

import pytest

from rig.base.paths import ROOT
from rig.evidence.canaries import Canaries, split_canaries
from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.splats import Splat
from rig.judge.oracles.detectors import ORACLE, alive

CLEAN = ROOT / "tests" / "corpus" / "clean" / "cases" / "vim2m-signal-s1"


def case(config: bytes) -> CaseEvidence:
    """A clean case of a kernel with this configuration."""
    base = read_case(CLEAN)
    files = {**base.dump.files, "start/config.gz": gzip.compress(config)}
    return replace(base, dump=replace(base.dump, files=files))


def ids(found: CaseEvidence) -> list[str]:
    return [reason.id for reason in ORACLE.asked(alive, found)]


def of_locks() -> Splat:
    locks = read_case(CLEAN).canary
    assert locks is not None
    return locks


def by(module: str, kind: str, caller: str = "T1") -> Splat:
    """A report of another detector, with the frames of the canary's, in another module."""
    locks = of_locks()
    stacks = tuple(
        replace(
            stack,
            frames=tuple(
                replace(frame, module=module if frame.module else None) for frame in stack.frames
            ),
        )
        for stack in locks.stacks
    )
    return replace(locks, kind=kind, caller=caller, stacks=stacks)


def test_a_kernel_without_them_owes_no_report() -> None:
    none = b"# CONFIG_KASAN is not set\n# CONFIG_KCSAN is not set\n"
    assert ids(case(none + b"# CONFIG_DEBUG_KMEMLEAK is not set\n")) == []


@pytest.mark.parametrize(
    ("symbol", "silent", "heard"),
    [
        (b"KASAN", "memory.canary-silent", Canaries(memory=of_locks())),
        (b"KCSAN", "races.canary-silent", Canaries(races=(of_locks(),))),
        (b"DEBUG_KMEMLEAK", "leaks.canary-silent", Canaries(leaks=(of_locks(),))),
        (b"TRACE_MMIO_ACCESS", "registers.canary-silent", Canaries(registers=(of_locks(),))),
    ],
)
def test_a_kernel_with_one_owes_its_report(symbol: bytes, silent: str, heard: Canaries) -> None:
    with_it = case(b"CONFIG_%s=y\n" % symbol)
    assert ids(with_it) == [silent]
    assert ids(replace(with_it, canaries=heard)) == []
    # Of another detector that was alive, nothing is known of this one.
    many = dict.fromkeys(("races", "leaks", "registers"), (of_locks(),))
    others = {"memory": of_locks(), **many}
    del others[silent.partition(".")[0]]
    assert ids(replace(with_it, canaries=Canaries(**others))) == [silent]  # type: ignore[arg-type]


def test_those_of_locks_and_memory_are_the_last_reports_and_in_their_order() -> None:
    locks = of_locks()
    memory = replace(locks, kind="kasan")
    assert split_canaries([memory, locks, memory]) == ((memory,), Canaries(locks, memory))
    assert split_canaries([locks]) == ((), Canaries(locks))
    # A driver's use of freed memory is no canary, whatever comes last.
    stranger = replace(memory, caller="T77")
    assert split_canaries([locks, stranger]) == ((locks, stranger), Canaries())


def test_those_of_races_and_leaks_may_have_others_between_them() -> None:
    locks = of_locks()
    race = by("m2m_canary_races", "kcsan", caller="T77")
    lost, last = by("m2m_canary_leak", "kmemleak"), by("m2m_canary_leak", "kmemleak")
    mine = by("vim2m", "kmemleak")
    last = replace(last, first_line=last.first_line + 9)
    found = split_canaries([race, lost, mine, last, locks])
    assert found == ((mine,), Canaries(locks, races=(race,), leaks=(lost, last)))


@pytest.mark.parametrize(
    "stranger",
    [
        by("vim2m", "kcsan"),
        by("m2m_canary_leak", "kcsan"),
        by("m2m_canary_races", "kmemleak"),
        # Not init asked for this scan.
        by("m2m_canary_leak", "kmemleak", caller="T77"),
        replace(by("m2m_canary_races", "kcsan"), truncated="the log ends inside it"),
    ],
)
def test_what_others_do_is_no_canary(stranger: Splat) -> None:
    locks = of_locks()
    assert split_canaries([stranger, locks]) == ((stranger,), Canaries(locks))
