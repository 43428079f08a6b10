# SPDX-License-Identifier: GPL-2.0-only
"""What programs were promised, against what they were answered."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.judge.kinds import Kind
from rig.judge.oracle import Exercised, Oracle, Share
from rig.judge.oracles.uapi.judged import accounts_of, programs
from rig.judge.oracles.uapi.model import is_unsure
from rig.judge.oracles.uapi.rules import rules
from rig.judge.reasons import Reason
from rig.model.claims.uapi import CLAIM as UAPI

UNRECORDED = Kind(
    "exercise.no-calls",
    "No program of the case recorded its calls, so no promise to user space was looked at.",
    {UAPI: "INCONCLUSIVE"},
)
UNREADABLE = Kind(
    "exercise.calls-lost",
    "Records of calls are missing or damaged, so that promises may have been broken unseen.",
    {UAPI: "INCONCLUSIVE"},
)


def kept(case: CaseEvidence) -> Iterator[Reason]:
    """Every rule, against every call that it is about."""
    for account in accounts_of(case):
        if account.broken and account.rule.grade == "documented":
            yield Reason(account.rule.kind, account.text)


def exercised(case: CaseEvidence) -> Iterator[Exercised]:
    """How often each rule was, and what differs from what is usual."""
    for account in accounts_of(case):
        usual = account.rule.grade == "documented" or not account.broken
        yield Exercised(account.rule.id, account.exercised, "" if usual else account.text)


def unsure(case: CaseEvidence) -> Share:
    """Calls on buffers and queues, and those of which nobody knows for certain what they met."""
    steps = (step for program in programs(case) for step in program.steps)
    found = [sure for sure in map(is_unsure, steps) if sure is not None]
    return Share(sum(found), len(found))


def recorded(case: CaseEvidence) -> Iterator[Reason]:
    """That there is something to judge, and all of it."""
    if case.dump.complete and not case.calls:
        yield Reason(UNRECORDED, "no records of calls were delivered")
    for name, log in case.calls.items():
        if log.problem:
            yield Reason(UNREADABLE, f"{name}: {log.problem}")


ORACLE = Oracle(
    name="uapi",
    rank=85,
    looks_at="the records of all calls that workloads made on devices, requests, dma-bufs and "
    "sync_files: what each was given, what it answered, and when. Each rule is a row of "
    "[uapi.md](uapi.md), with the document that it comes from.",
    proves="that no call in these workloads broke a documented promise to user space, as far as "
    "the rule was exercised.",
    not_proven="what no workload called, what a rule did not look at because calls of several "
    "threads met, and what came after the room for records was full.",
    kinds=(*(rule.kind for rule in rules() if rule.grade == "documented"), UNRECORDED, UNREADABLE),
    looks=(kept, recorded),
    counts=exercised,
    share=unsure,
)
