# SPDX-License-Identifier: GPL-2.0-only
"""A claim: what a verdict is about, and when it can be judged at all."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Premise(Enum):
    """What a verdict may rest on.  A claim says on which of these it does; a reason that takes one
    of them away leaves none of its claims CLEAN, whoever added them."""

    WATCHED = "the guest ran its whole plan on the kernel that was built, and delivered what it saw"
    SOUND = "the kernel reported no defect, in the code under test or elsewhere"
    LOGGED = "no line of the kernel's log was lost, cut or altered"
    LOCKDEP = "lockdep was checking locks to the very end"
    EXERCISED = "the code under test ran"
    SCHEDULE = "the schedule was the one that the seed stands for"
    HARDWARE = "the imitated hardware did what it was told to, and all of that is on record"
    RIG = "the rig had all that it needs, and none of its parts stumbled"
    COVERED = "the cases of the run look at all that was to be judged"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case puts to the test, as far as that decides what can be judged in it.

    Args:
        control: its scenario shows what a driver does that did not opt in.
        opted: drivers that the series opts in; empty: all.
    """

    driver: str
    control: bool
    opted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """When a claim can be judged.

    Args:
        text: for people; goes on after "judged".
    """

    text: str
    holds: Callable[[Subject], bool]


ANYWHERE = Condition("in every case", lambda subject: True)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim.

    Args:
        name: in files and on the command line.
        title: what it is called in front of people.
        question: what a verdict on it answers, one sentence of Markdown; links are relative to
            docs/reference.
        rank: its place among the others wherever they stand side by side, the lowest first.
        possible: what case can judge it.
        by_default: scenarios make it unless they say otherwise.
        any_series: a series that does not say what it claims is asked for it.
        rests_on: what must be so before nothing found means anything.
    """

    name: str
    title: str
    question: str
    rank: int
    possible: Condition = ANYWHERE
    by_default: bool = True
    any_series: bool = False
    rests_on: frozenset[Premise] = frozenset()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """In files a claim is its name; who reads none needs no pydantic."""
        from rig.model.claimname import named

        return named()
