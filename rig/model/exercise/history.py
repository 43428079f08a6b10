# SPDX-License-Identifier: GPL-2.0-only
"""A history: which thread makes which call after which, and its text as the guest reads it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Final

from pydantic import Field

from rig.base.errors import InputError

# images/workloads/lib/history.h and exercise.h
THREADS: Final = 3
WORDS: Final = 16
NAMES: Final = 32

FIRST: Final = "m2m-history 1"
JOIN: Final = "join"

_NAME = r"[a-z][0-9]{1,2}"
_CALL = rf"[0-{THREADS - 1}]( {_NAME} =)? [a-z]+( [a-z0-9=+/,-]+){{0,{WORDS}}}"

# A line of a history, as a scenario has it.
Line = Annotated[str, Field(pattern=rf"^({JOIN}|{_CALL})$")]

_LINE: Final = re.compile(
    rf"(?P<thread>\d)(?: (?P<result>{_NAME}) =)? (?P<name>[a-z]+)(?P<words>.*)"
)
_NAMED: Final = re.compile(_NAME)


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        thread: who makes it, from 0.
        name: one that the guest knows ("qbuf").
        words: what it is about, names of results first; then NAME=VALUE and flags.  A value is a
            number, or "n", "n+1", "n/2" for what the device has of it.
        result: what its result is called from then on: a letter for the kind and a number.
    """

    thread: int
    name: str
    words: tuple[str, ...] = ()
    result: str = ""

    @property
    def uses(self) -> frozenset[str]:
        """The names of the results that it is about."""
        values = (word.rpartition("=")[2] for word in self.words)
        return frozenset(value for value in values if _NAMED.fullmatch(value))

    def __str__(self) -> str:
        result = (self.result, "=") if self.result else ()
        return " ".join((str(self.thread), *result, self.name, *self.words))


Round = tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Rounds of calls: all threads have ended one before any begins the next."""

    rounds: tuple[Round, ...]

    @property
    def calls(self) -> tuple[Call, ...]:
        """All of them, in the order of the text."""
        return tuple(call for each in self.rounds for call in each)

    @property
    def lines(self) -> tuple[str, ...]:
        """As a scenario has them."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        for number, each in enumerate(self.rounds):
            if number:
                yield JOIN
            yield from map(str, each)

    def keeping(self, kept: Iterable[Call | None]) -> "History":
        """The same with each call replaced; None: it goes, and so does a round that is empty."""
        rest = iter(kept)
        rounds = (tuple(call for _ in each if (call := next(rest))) for each in self.rounds)
        return History(tuple(each for each in rounds if each))

    def consistent(self) -> "History":
        """The same without the calls about what no call before them made."""
        made: set[str] = set()
        kept: list[Call | None] = []
        for call in self.calls:
            kept.append(call if call.uses <= made else None)
            if kept[-1] and call.result:
                made.add(call.result)
        return self.keeping(kept)

    def renumbered(self) -> "History":
        """The same with the threads that there are numbered from 0."""
        there = sorted({call.thread for call in self.calls})
        return self.keeping(replace(call, thread=there.index(call.thread)) for call in self.calls)


def text(lines: Iterable[str]) -> str:
    """The file that the guest reads."""
    return "".join(f"{line}\n" for line in (FIRST, *lines))


def parse(lines: Iterable[str]) -> History:
    """From the lines of a scenario, or of a file without its first line.

    Raises:
        InputError: a line is no call.
    """
    rounds: list[list[Call]] = [[]]
    for line in lines:
        if line == JOIN:
            rounds.append([])
        elif line and not line.startswith("#"):
            rounds[-1].append(_call(line))
    return History(tuple(tuple(each) for each in rounds if each))


def read(content: str, name: str) -> tuple[str, ...]:
    """The lines of a history file, without its first one, blank ones and remarks.

    Args:
        name: of the file, for errors.

    Raises:
        InputError: it is none.
    """
    first, *lines = content.splitlines() or [""]
    if first != FIRST:
        raise InputError(f"{name}:1: a history begins with {FIRST!r}")
    try:
        return parse(lines).lines
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def _call(line: str) -> Call:
    if not re.fullmatch(_CALL, line) or not (found := _LINE.fullmatch(line)):
        raise InputError(f"no call of a history: {line!r}", hint="THREAD [NAME =] CALL WORDS")
    return Call(
        int(found["thread"]), found["name"], tuple(found["words"].split()), found["result"] or ""
    )
