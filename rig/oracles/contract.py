# SPDX-License-Identifier: GPL-2.0-only
"""docs/contract.md as a table: what a consumer asked, in which state, and what it must not see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rig.evidence.ktap import Observation

EXPORTS = ("export-read", "export-write")
POLLS = ("poll", "epoll")

PRODUCER = "videobuf2"

# The kernel's own fences that stand for several: they hide whose fences they hold.
CONTAINERS = ("dma_fence_array", "dma_fence_chain")


@dataclass(frozen=True)
class Rule:
    """One row of the contract.

    Args:
        row: its id in docs/contract.md.
        reason: what breaking it is called.
        what: for people, what was seen.
        name: of the observations that it is about.
        states, apis: those of the observations; empty: all.
        broken: whether an observation breaks it.
    """

    row: str
    reason: str
    what: str
    name: str
    states: tuple[str, ...]
    apis: tuple[str, ...]
    broken: Callable[[Observation], bool]

    def applies(self, seen: Observation) -> bool:
        """Whether this rule has something to say about an observation."""
        return (
            seen.name == self.name
            and (not self.states or seen.fields.get("state") in self.states)
            and (not self.apis or seen.fields.get("api") in self.apis)
        )


def _value(key: str, value: str) -> Callable[[Observation], bool]:
    return lambda seen: seen.fields.get(key) == value


def _pending_producer(seen: Observation) -> bool:
    """A fence of videobuf2 that has not signaled, alone or among others."""
    fields = seen.fields
    ours = fields.get("fence-driver") == PRODUCER
    return fields.get("seen") == "fence" and fields.get("status") == "0" and ours


RULES = (
    Rule("C2", "fence.visible-too-early", "a pending fence of the producer on a buffer without "
         "committed work", "probe", ("queued", "dequeued"), EXPORTS, _pending_producer),
    Rule("C3", "fence.busy-too-early", "busy, on a buffer without committed work", "probe",
         ("queued", "dequeued"), POLLS, _value("seen", "busy")),
    Rule("C4", "fence.stub-in-flight", "the stub fence while a job was in flight", "probe",
         ("active",), EXPORTS, _value("seen", "stub")),
    Rule("C4", "fence.signaled-in-flight", "a signaled fence while a job was in flight", "probe",
         ("active",), EXPORTS,
         lambda seen: seen.fields.get("seen") == "fence" and seen.fields.get("status") != "0"),
    Rule("C5", "fence.ready-in-flight", "ready while a job was in flight", "probe", ("active",),
         POLLS, _value("seen", "ready")),
    Rule("C6", "fence.waiter-not-woken", "a sleeping consumer was not woken", "wait", ("active",),
         (), _value("seen", "timeout")),
    Rule("C7", "fence.pending-after-done", "a fence taken in flight, pending after DQBUF", "fence",
         (), (), lambda seen: seen.fields.get("when") == "after-dqbuf"
         and seen.fields.get("status") == "0"),
    Rule("C8", "fence.pending-after-done", "a pending fence of the producer after DQBUF", "probe",
         ("done",), EXPORTS, _pending_producer),
)  # fmt: skip


def broken_rules(seen: Iterable[Observation]) -> dict[Rule, list[Observation]]:
    """The observations that break each rule; rules that none breaks are not in it."""
    found: dict[Rule, list[Observation]] = {}
    for observation in seen:
        for rule in RULES:
            if rule.applies(observation) and rule.broken(observation):
                found.setdefault(rule, []).append(observation)
    return found
