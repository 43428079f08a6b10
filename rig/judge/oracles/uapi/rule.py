# SPDX-License-Identifier: GPL-2.0-only
"""A rule: one thing that the kernel's documents promise user space, or that all drivers do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from rig.judge.kinds import Effects, Kind
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.queues import QueueState
from rig.model.claims.uapi import CLAIM as UAPI

# `documented`: a document says so.  `customary`: all drivers do so, and no document says it.
Grade = Literal["documented", "customary"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One time that a rule was exercised; `broken`: what was due and what came, "" if it held."""

    step: Step
    broken: str = ""


Look = Callable[[Program], Iterator[Seen]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Args:
        id: stable; a broken one is the reason "uapi.ID".
        grade: only one that is documented can be broken.
        what: what is promised, one sentence.
        source: where: a file below Documentation/ or include/, and what of it.
        look: every time that a program exercised it.
    """

    id: str
    grade: Grade
    what: str
    source: str
    look: Look

    @property
    def kind(self) -> Kind:
        """Of the reason that it gives when it is broken."""
        outcome: Effects = {UAPI: "DIRTY"} if self.grade == "documented" else {}
        return Kind(f"uapi.{self.id}", f"Broken: {self.what}", outcome)


def expect(step: Step, holds: bool, broken: str) -> Seen:
    """That a step kept a rule, or how it did not."""
    return Seen(step, "" if holds else broken)


def expect_of_states(
    step: Step, broken: Callable[[QueueState, Step], str | None]
) -> Iterator[Seen]:
    """That a step kept a rule in one at least of the states that it may have met.

    Args:
        broken: how it did not in a state, "" if it did; None if the rule says nothing of that one.
            Then nobody knows that the rule was exercised at all.
    """
    told = [broken(state, step) for state in step.states]
    if told and None not in told:
        yield Seen(step, (told[0] or "") if all(told) else "")
