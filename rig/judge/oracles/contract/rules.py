# SPDX-License-Identifier: GPL-2.0-only
"""The contract as a table: what a consumer asked, in which state, and what it must not see.

docs/reference/contract.md is for people.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rig.evidence.fences import OTHERS
from rig.evidence.ktap import Observation
from rig.judge.kinds import Kind
from rig.judge.oracles.contract import kinds

EXPORTS = ("export-read", "export-write")
# vgem refuses to attach a fence of its own while a conflicting one is pending.
POLLS = ("poll", "epoll", "attach-read", "attach-write")

# States in which nothing has been committed.
IDLE = ("queued", "dequeued")

Broken = Callable[[Observation], bool]


@dataclass(frozen=True)
class Rule:
    """One row of the contract.

    Args:
        row: its id in docs/reference/contract.md.
        kind: of the reason that breaking it gives.
        what: for people, what was seen.
        name: of the observations that it is about.
        states, apis: those of the observations; empty: all.
        broken: whether an observation breaks it.
    """

    row: str
    kind: Kind
    what: str
    name: str
    states: tuple[str, ...]
    apis: tuple[str, ...]
    broken: Broken

    def applies(self, seen: Observation) -> bool:
        """Whether this rule has something to say about an observation."""
        return (
            seen.name == self.name
            and (not self.states or seen.fields.get("state") in self.states)
            and (not self.apis or seen.fields.get("api") in self.apis)
        )


def _members(seen: Observation) -> tuple[tuple[str, int], ...]:
    """Driver and status of each fence in a sync_file."""
    fields = seen.fields
    alone = f"{fields.get('fence-driver', '')}:{fields.get('status', '')}"
    pairs = (member.rpartition(":") for member in fields.get("members", alone).split(","))
    return tuple((driver, int(status)) for driver, _, status in pairs if driver and status)


def producers(seen: Observation) -> tuple[int, ...]:
    """The statuses of the producer's fences in a sync_file, alone or among others.

    What the guest knows to be the stub is nobody's, even if a kernel forgets the names of what has
    signaled.
    """
    if seen.fields.get("seen") == "stub":
        return ()
    return tuple(status for driver, status in _members(seen) if driver not in OTHERS)


def _is(key: str, *values: str) -> Broken:
    return lambda seen: seen.fields.get(key) in values


def _all(*conditions: Broken) -> Broken:
    return lambda seen: all(condition(seen) for condition in conditions)


def _any(*conditions: Broken) -> Broken:
    return lambda seen: any(condition(seen) for condition in conditions)


def _not(condition: Broken) -> Broken:
    return lambda seen: not condition(seen)


def _producer(seen: Observation) -> bool:
    return bool(producers(seen))


def _pending(seen: Observation) -> bool:
    return 0 in producers(seen)


def _succeeded(seen: Observation) -> bool:
    return 1 in producers(seen)


def _failed(seen: Observation) -> bool:
    return any(status < 0 for status in producers(seen))


def _foreign_lost(seen: Observation) -> bool:
    """A fence of somebody else is pending, and an export of all fences does not have it."""
    return all(driver not in OTHERS or status != 0 for driver, status in _members(seen))


def _number(seen: Observation, key: str) -> int:
    return int(seen.fields.get(key, "0"))


def _woken_in_flight(seen: Observation) -> bool:
    """The consumer was let go before the last moment at which the job is known to have run."""
    return seen.fields.get("seen") == "ready" and _number(seen, "end") < _number(seen, "running")


# Who waits for a dma-buf waits for the fences of others, too.
_others = _is("foreign", "pending")
_fence = _is("seen", "fence")
_after_dqbuf = _is("when", "after-dqbuf")
_after_close = _is("when", "after-close")
# A fence that says that the job failed promises no pixels.
_wrong_at_signal = _all(
    _is("at", "signal"), _not(_is("wrong-bytes", "0")), _not(_is("error-flag", "1"))
)
# The status of a merged sync_file is that of its fences; who polls it depends on being told.
_told_early = _any(_not(_is("status", "0")), _is("seen", "ready"))
_told_nothing = _any(_is("status", "0"), _is("seen", "busy"))
_one_colour = _is("looks", "one-colour")

RULES = (
    Rule("C2", kinds.VISIBLE_TOO_EARLY, "a pending fence of the producer on a buffer without "
         "committed work", "probe", IDLE, EXPORTS, _pending),
    Rule("C3", kinds.BUSY_TOO_EARLY, "busy, on a buffer without committed work", "probe",
         IDLE, POLLS, _all(_is("seen", "busy"), _not(_others))),
    Rule("C3", kinds.BUSY_TOO_EARLY, "a consumer that slept on a buffer without committed work",
         "wait", IDLE, (), _all(_is("seen", "timeout"), _not(_others))),
    Rule("C4", kinds.STUB_IN_FLIGHT, "the stub fence while a job was in flight", "probe",
         ("active",), EXPORTS, _is("seen", "stub")),
    Rule("C4", kinds.MISSING_IN_FLIGHT, "only fences of others while a job was in flight",
         "probe", ("active",), EXPORTS, _all(_fence, lambda seen: not producers(seen))),
    Rule("C4", kinds.SIGNALED_IN_FLIGHT, "a signaled fence while a job was in flight", "probe",
         ("active",), EXPORTS,
         _all(_fence, _producer, _not(_pending))),
    Rule("C5", kinds.READY_IN_FLIGHT, "ready while a job was in flight", "probe", ("active",),
         POLLS, _is("seen", "ready")),
    Rule("C6", kinds.WAITER_NOT_WOKEN, "a sleeping consumer was not woken", "wait", ("active",),
         (), _all(_is("seen", "timeout"), _not(_others))),
    Rule("C6", kinds.READY_IN_FLIGHT, "a sleeping consumer was woken while a job was in flight",
         "wait", ("active",), (), _woken_in_flight),
    Rule("C7", kinds.PENDING_AFTER_DONE, "a fence taken in flight, pending after DQBUF", "fence",
         (), (), _all(_after_dqbuf, _pending)),
    Rule("C7", kinds.PENDING_AFTER_DONE, "fences taken in flight, pending after DQBUF",
         "flood", (), (), _not(_is("pending", "0"))),
    Rule("C7", kinds.SUCCESS_AS_ERROR, "a fence with an error, of a buffer that came back good",
         "fence", (), (), _all(_after_dqbuf, _is("error-flag", "0"), _failed)),
    Rule("C7", kinds.BUFFER_NOT_DONE, "a buffer that could not be dequeued after its fence had "
         "signaled", "dequeueable", (), (), _is("seen", "timeout")),
    Rule("C8", kinds.PENDING_AFTER_DONE, "a pending fence of the producer after DQBUF", "probe",
         ("done",), EXPORTS, _pending),
    Rule("C8", kinds.PENDING_AFTER_DONE, "busy after DQBUF", "probe", ("done",), POLLS,
         _all(_is("seen", "busy"), _not(_others))),
    Rule("C9", kinds.ERROR_AS_SUCCESS, "a fence with success, of a buffer that came back with "
         "an error", "fence", (), (), _all(_after_dqbuf, _is("error-flag", "1"), _succeeded)),
    Rule("C10", kinds.PENDING_AFTER_STREAMOFF, "a fence taken in flight, pending after "
         "STREAMOFF", "fence", (), (), _all(_is("when", "after-streamoff"), _pending)),
    Rule("C13", kinds.PENDING_AFTER_CLOSE, "a fence that was pending after the file was closed",
         "fence", (), (), _all(_after_close, _is("status", "0"), _not(_others))),
    Rule("C13", kinds.UNUSABLE_AFTER_CLOSE, "a sync_file that was of no use after the file was "
         "closed", "fence", (), (), _all(_after_close, lambda seen: "errno" in seen.fields)),
    Rule("C14", kinds.ONE_COLOUR, "one colour all over when the consumer was told to read",
         "pixels", (), (), _all(_wrong_at_signal, _one_colour)),
    Rule("C14", kinds.TORN_DATA, "wrong pixels when the consumer was told to read", "pixels",
         (), (), _all(_wrong_at_signal, _not(_one_colour))),
    Rule("C16", kinds.MERGED_TOO_EARLY, "a merged sync_file signaled before its last fence",
         "merge", (), (), _all(_told_early, _not(_is("pending-after", "0")))),
    Rule("C16", kinds.MERGED_TOO_LATE, "a merged sync_file pending after its last fence",
         "merge", (), (), _all(_told_nothing, _is("pending-before", "0"))),
    Rule("C19", kinds.FOREIGN_LOST, "a pending fence of somebody else, gone from the buffer",
         "probe", (), ("export-write",), _all(_others, _not(_is("seen", "error")), _foreign_lost)),
    Rule("C21", kinds.ON_SOURCE, "a reader of a buffer that the device reads, too, had to wait",
         "source", (), (), _any(_pending, _is("seen", "busy"))),
    Rule("C22", kinds.WRONG_USAGE, "a fence that does not stand as that of a writer", "probe",
         (), EXPORTS, _all(_producer, _is("usage", "kernel", "read"))),
    Rule("C22", kinds.USAGE_UNKNOWN, "a pending fence that debugfs does not show", "probe",
         (), EXPORTS, _all(_producer, _is("usage", "unknown"))),
    Rule("C23", kinds.REQUEST_TOO_EARLY, "a fence of a CAPTURE buffer, pending when its request "
         "was complete", "fence", (), (), _all(_is("when", "after-request"), _pending)),
)  # fmt: skip

# For a driver that did not opt in; nothing else of the contract is about it.
CONTROL = (
    Rule("C17", kinds.NOT_OPTED_IN, "a producer's fence, of a driver that did not opt in",
         "probe", (), EXPORTS, _producer),
)  # fmt: skip


def broken_rules(
    seen: Sequence[Observation], rules: Sequence[Rule] = RULES
) -> dict[Rule, list[Observation]]:
    """The observations that break each rule, in the order of the contract; only broken rules."""
    found = {
        rule: [each for each in seen if rule.applies(each) and rule.broken(each)] for rule in rules
    }
    return {rule: broken for rule, broken in found.items() if broken}
