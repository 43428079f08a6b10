# SPDX-License-Identifier: GPL-2.0-only
"""What programs saw of the fences that they queued buffers with, against the contract."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.judge.kinds import Kind
from rig.judge.oracle import Exercised, Oracle
from rig.judge.oracles.explicit.history import History
from rig.judge.oracles.explicit.observed import KINDS, told
from rig.judge.oracles.explicit.rows import rows
from rig.judge.oracles.uapi.judged import programs
from rig.judge.oracles.uapi.row import RowAccount, row_accounts
from rig.judge.reasons import Reason
from rig.model.claims.explicit import CLAIM as EXPLICIT

UNUSED = Kind(
    "exercise.no-explicit-fence",
    "No program of the case was given a fence by VIDIOC_QBUF, so nothing was judged.",
    {EXPLICIT: "INCONCLUSIVE"},
)


def _accounts(case: CaseEvidence) -> Iterator[RowAccount[History]]:
    return row_accounts(rows(), [History(program) for program in programs(case)])


def kept(case: CaseEvidence) -> Iterator[Reason]:
    """Every row, against every call that it is about."""
    if EXPLICIT not in case.record.scenario.claims:
        return
    for account in _accounts(case):
        if account.broken:
            yield Reason(account.row.kind, account.text)


def used(case: CaseEvidence) -> Iterator[Reason]:
    """That fences were given at all."""
    if EXPLICIT not in case.record.scenario.claims or not case.dump.complete:
        return
    if not any(ask.step.made for one in programs(case) for ask in History(one).asks):
        yield Reason(UNUSED, "no VIDIOC_QBUF gave a fence")


def observed(case: CaseEvidence) -> Iterator[Reason]:
    """What no call tells."""
    if EXPLICIT in case.record.scenario.claims:
        yield from told(case.results.observations, publishes=case.record.kernel.publishes)


def exercised(case: CaseEvidence) -> Iterator[Exercised]:
    """How often each row was."""
    if EXPLICIT not in case.record.scenario.claims:
        return
    for account in _accounts(case):
        yield Exercised(f"explicit.{account.row.id}", len(account.seen))


ORACLE = Oracle(
    name="explicit",
    rank=94,
    looks_at="the records of all calls of programs that queue buffers with fences: which fences "
    "they were given and brought along, when these signaled, what the fences of jobs said and "
    "when, and which buffers came back. Each row is one of [explicit.md](explicit.md).",
    proves="that no call in these workloads broke a row, as far as it was exercised.",
    not_proven="when a job starts: only that it was not over too early. What no workload does, and "
    "the rows that the page lists as not judged.",
    kinds=(*(row.kind for row in rows()), UNUSED, *KINDS),
    looks=(kept, used, observed),
    counts=exercised,
)
