# SPDX-License-Identifier: GPL-2.0-only
"""Recorded histories of calls, and how to change one: a rule that cannot be broken is none."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rig.base.paths import ROOT
from rig.evidence.calls import Call, CallLog, parse_calls
from rig.judge.oracles.uapi.model import with_states
from rig.judge.oracles.uapi.program import Program, Step, understood
from rig.judge.oracles.uapi.rule import Rule, Seen
from rig.judge.oracles.uapi.rules import rules

CALLS = ROOT / "tests" / "corpus" / "calls"

Which = Callable[[Step], bool]
Change = Callable[[Step], Call]


def recorded(name: str) -> CallLog:
    """What a program of a real guest recorded."""
    return parse_calls(raw(name))


def raw(name: str) -> bytes:
    """The same, as it came."""
    return gzip.decompress(Path(CALLS / f"{name}.calls.gz").read_bytes())


def program(log: CallLog, *, faulty: bool = False) -> Program:
    """As the oracle sees it."""
    return Program("it", log, with_states(tuple(understood(log.calls))), faulty)


def changed(log: CallLog, which: Which, change: Change, count: int = 1) -> CallLog:
    """The same with the first `count` calls that `which` names in another way."""
    chosen = [step for step in program(log).steps if which(step)][:count]
    assert chosen, "nothing to change"
    new = {step.call.begin: change(step) for step in chosen}
    return replace(log, calls=tuple(new.get(call.begin, call) for call in log.calls))


def without(log: CallLog, which: Which) -> CallLog:
    """The same without the first call that `which` names."""
    gone = next(step.call for step in program(log).steps if which(step))
    return replace(log, calls=tuple(call for call in log.calls if call is not gone))


def returning(result: int) -> Change:
    """A call that returns something else.  One that fails leaves what it was given, except those of
    controls, which say where they failed."""

    def change(step: Step) -> Call:
        silent = result < 0 and step.call.name == "ioctl" and not step.name.endswith("EXT_CTRLS")
        after = step.call.before if silent else step.call.after
        return replace(step.call, result=result, after=after)

    return change


def put(data: bytes, at: int, value: bytes) -> bytes:
    """Bytes with some of them exchanged."""
    return data[:at] + value + data[at + len(value) :]


def broken(rule: Rule, log: CallLog, *, faulty: bool = False) -> list[str]:
    """What a rule says of a history."""
    return [seen.broken for seen in _seen(rule, log, faulty) if seen.broken]


def exercised(rule: Rule, log: CallLog) -> int:
    """How often a history put a rule to the test."""
    return len(list(_seen(rule, log, False)))


def _seen(rule: Rule, log: CallLog, faulty: bool) -> Iterator[Seen]:
    return rule.look(program(log, faulty=faulty))


@dataclass(frozen=True)
class Red:
    """A history that keeps a rule, and the calls of it that are changed so that it does not."""

    history: str
    which: Which
    change: Change
    count: int = 1

    @property
    def log(self) -> CallLog:
        """The history with the change."""
        return changed(recorded(self.history), self.which, self.change, self.count)


def by_id(id: str) -> Rule:
    """The rule of that name."""
    [rule] = [rule for rule in rules() if rule.id == id]
    return rule


def nth(name: str, number: int = 0, *, done: bool | None = None) -> Which:
    """The call of that name and number, from 0, and all after it."""
    left = [number]

    def which(step: Step) -> bool:
        if step.name != name or done not in (None, step.done):
            return False
        left[0] -= 1
        return left[0] < 0

    return which


def leaving(at: int, value: int, size: int = 4) -> Change:
    """A call that left another number there."""
    data = value.to_bytes(size, "little")
    return lambda step: replace(step.call, after=put(step.call.after, at, data))
