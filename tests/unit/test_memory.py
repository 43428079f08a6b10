# SPDX-License-Identifier: GPL-2.0-only
"""Where KASAN is built in, it is proven alive to the very end."""

import gzip
from dataclasses import replace

from rig.base.paths import ROOT
from rig.evidence.case import CaseEvidence, read_case, split_canaries
from rig.judge.oracles.memory import ORACLE, canary

CLEAN = ROOT / "tests" / "corpus" / "clean" / "cases" / "vim2m-signal-s1"


def case(config: bytes) -> CaseEvidence:
    """A clean case of a kernel with this configuration."""
    base = read_case(CLEAN)
    files = {**base.dump.files, "start/config.gz": gzip.compress(config)}
    return replace(base, dump=replace(base.dump, files=files))


def ids(found: CaseEvidence) -> list[str]:
    return [reason.id for reason in ORACLE.asked(canary, found)]


def test_a_kernel_without_it_owes_no_report() -> None:
    assert ids(case(b"# CONFIG_KASAN is not set\n")) == []


def test_a_kernel_with_it_owes_one_at_the_end() -> None:
    silent = case(b"CONFIG_KASAN=y\n")
    assert ids(silent) == ["memory.canary-silent"]
    assert silent.canary is not None
    heard = replace(silent, memory_canary=replace(silent.canary, kind="kasan"))
    assert ids(heard) == []


def test_the_canaries_are_the_last_reports_and_in_their_order() -> None:
    locks = read_case(CLEAN).canary
    assert locks is not None
    memory = replace(locks, kind="kasan")
    assert split_canaries([memory, locks, memory]) == ((memory,), locks, memory)
    assert split_canaries([locks]) == ((), locks, None)
    # A driver's use of freed memory is no canary, whatever comes last.
    stranger = replace(memory, caller="T77")
    assert split_canaries([locks, stranger]) == ((locks, stranger), None, None)
