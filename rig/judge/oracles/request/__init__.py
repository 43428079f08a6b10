# SPDX-License-Identifier: GPL-2.0-only
"""What programs saw of the fences that they queued media requests with, against the contract."""

from collections.abc import Iterator, Sequence

from rig.evidence.case import CaseEvidence
from rig.evidence.ktap import Observation
from rig.judge.kinds import Kind
from rig.judge.oracle import Exercised, Oracle
from rig.judge.oracles.request.history import History
from rig.judge.oracles.request.rows import ROWS
from rig.judge.oracles.uapi.judged import programs
from rig.judge.oracles.uapi.row import RowAccount, row_accounts
from rig.judge.reasons import Reason
from rig.model.claims.request import CLAIM as REQUEST

UNUSED = Kind(
    "exercise.no-request-fence",
    "No program of the case was given the fence of a request, so nothing was judged.",
    {REQUEST: "INCONCLUSIVE"},
)
TORN = Kind(
    "request.torn-picture",
    "A consumer that was told by the fence of a request that the picture is there read another "
    "one.",
    {REQUEST: "DIRTY"},
)
LEAKED = Kind(
    "request.descriptor-leaked",
    "A program had another number of open descriptors after a call that had failed.",
    {REQUEST: "DIRTY"},
)
INHERITED = Kind(
    "request.fence-inherited",
    "The fence of a request was still open in a program that was executed.",
    {REQUEST: "DIRTY"},
)


def _accounts(case: CaseEvidence) -> Iterator[RowAccount[History]]:
    return row_accounts(ROWS, [History(program) for program in programs(case)])


def kept(case: CaseEvidence) -> Iterator[Reason]:
    """Every row, against every call that it is about."""
    if REQUEST not in case.record.scenario.claims:
        return
    for account in _accounts(case):
        if account.broken:
            yield Reason(account.row.kind, account.text)


def used(case: CaseEvidence) -> Iterator[Reason]:
    """That fences were given at all."""
    if REQUEST not in case.record.scenario.claims or not case.dump.complete:
        return
    if not any(ask.step.made for one in programs(case) for ask in History(one).asks):
        yield Reason(UNUSED, "no request was queued with a fence")


def observed(case: CaseEvidence) -> Iterator[Reason]:
    """What no call tells."""
    if REQUEST in case.record.scenario.claims:
        yield from told(case.results.observations)


def told(observations: Sequence[Observation]) -> Iterator[Reason]:
    """The same of some observations."""
    for seen in observations:
        if seen.name == "pixels" and seen.fields.get("at") == "signal":
            if seen.fields.get("wrong-bytes") != "0":
                yield Reason(TORN, f"E29: {_where(seen)}: {seen.fields.get('wrong-bytes')} bytes")
        elif seen.name == "descriptors" and seen.fields.get("before") != seen.fields.get("after"):
            yield Reason(LEAKED, f"E31: {_where(seen)}")
        elif seen.name == "executed" and seen.fields.get("fence") == "open":
            yield Reason(INHERITED, f"E29: {_where(seen)}")


_TELLING = ("driver", "buffer", "sequence", "after-what", "before", "after")


def _where(seen: Observation) -> str:
    return " ".join(f"{key} {value}" for key, value in seen.fields.items() if key in _TELLING)


def exercised(case: CaseEvidence) -> Iterator[Exercised]:
    """How often each row was."""
    if REQUEST not in case.record.scenario.claims:
        return
    for account in _accounts(case):
        yield Exercised(f"request.{account.row.id}", len(account.seen))


ORACLE = Oracle(
    name="request",
    rank=98,
    looks_at="the records of all calls of programs that queue media requests with fences: which "
    "fences they were given, what these said and when, which buffers came back, and what became "
    "of the requests. Each row is one of [request.md](request.md).",
    proves="that no call in these workloads broke a row, as far as it was exercised.",
    not_proven="what no workload does, and the rows that the page lists as not judged.",
    kinds=(*(row.kind for row in ROWS), UNUSED, TORN, LEAKED, INHERITED),
    looks=(kept, used, observed),
    counts=exercised,
)
