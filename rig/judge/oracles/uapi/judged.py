# SPDX-License-Identifier: GPL-2.0-only
"""The rules, asked about all programs of a case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rig.evidence.calls import CallLog
from rig.evidence.case import CaseEvidence
from rig.judge.oracles.uapi.model import with_states
from rig.judge.oracles.uapi.program import Program, understood
from rig.judge.oracles.uapi.rule import Rule, Seen
from rig.judge.oracles.uapi.rules import rules


@dataclass(frozen=True)
class Account:
    """What a rule came to in a case.

    Args:
        exercised: how often it was.
        broken: by program, each time that it did not hold.
    """

    rule: Rule
    exercised: int
    broken: tuple[tuple[str, Seen], ...]

    @property
    def text(self) -> str:
        """How often it was broken, and how first."""
        program, first = self.broken[0]
        often = f", and {len(self.broken) - 1} times more" if len(self.broken) > 1 else ""
        return f"{program}: {first.broken}{often} (rule exercised {self.exercised} times)"


# Several looks ask for both one after the other; of a case that is judged, nobody asks again.
@lru_cache(maxsize=1)
def programs(case: CaseEvidence) -> tuple[Program, ...]:
    """Those of which there are records; of one whose device goes, as far as until then."""
    return tuple(
        Program(name, log, with_states(tuple(understood(log.calls))), is_faulty(case) or fails(log))
        for name, log in promised(case.calls).items()
    )


def promised(logs: Mapping[str, CallLog]) -> Mapping[str, CallLog]:
    """The calls of the programs of a case until a device goes: nothing is promised after that."""
    gone = min((at for log in logs.values() for at in _gone(log)), default=None)
    return {name: _until(log, gone) for name, log in logs.items()}


def _gone(log: CallLog) -> Iterator[int]:
    """When a device begins to lose its driver."""
    return (call.began for call in log.calls if call.name == "gone")


def _until(log: CallLog, at: int | None) -> CallLog:
    """Calls that began before a time; one that had not ended by then is one that never did."""
    if at is None:
        return log
    calls = (call for call in log.calls if call.began < at)
    return replace(
        log,
        calls=tuple(
            call if call.ended <= at else replace(call, end=0, ended=0, result=0, after=b"")
            for call in calls
        ),
    )


def is_faulty(case: CaseEvidence) -> bool:
    """Whether something is made to fail in this case."""
    scenario = case.record.scenario
    return bool(scenario.hardware and scenario.hardware.faults)


def fails(log: CallLog) -> bool:
    """Whether allocations were made to fail in calls of this program."""
    return any(call.name == "fault" for call in log.calls)


def accounts(found: Sequence[Program], asked: Sequence[Rule] | None = None) -> Iterator[Account]:
    """What each rule came to, in the order of the rules."""
    for rule in rules() if asked is None else asked:
        seen = [(program.name, one) for program in found for one in rule.look(program)]
        broken = tuple((name, one) for name, one in seen if one.broken)
        yield Account(rule, len(seen), broken)


@lru_cache(maxsize=1)
def accounts_of(case: CaseEvidence) -> tuple[Account, ...]:
    """What each rule came to in all programs of a case."""
    return tuple(accounts(programs(case)))


def programs_that_broke(case: CaseEvidence, reason: str) -> frozenset[str]:
    """The names of the programs that broke the rule whose reason has this id."""
    asked = [rule for rule in rules() if rule.kind.id == reason]
    found = accounts(programs(case), asked) if asked else ()
    return frozenset(name for account in found for name, _ in account.broken)
