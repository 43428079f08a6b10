# SPDX-License-Identifier: GPL-2.0-only
"""Imitated hardware as a scenario asks for it: the parameters of the guest module m2m_silicon."""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base.document import STRICT
from rig.base.paths import SILICON

MODULE = "m2m_silicon"

# One file for each.
BLOCKS = tuple(sorted(file.stem.removesuffix("_block") for file in SILICON.glob("*_block.c")))

# docs/guide/hardware.md says what each is; so does images/silicon/settings.c.
MOMENTS = ("start", "half", "end", "any")
FAULTS = (
    "none", "lost", "double", "stale", "echo", "late", "stray", "error", "partial", "after",
)  # fmt: skip

_ITEMS_MAX = 64
_RANGE = r"(\d+)(?:-(\d+))?"


def _latency(item: str) -> str:
    return _range(item)


def _moment(item: str) -> str:
    return _choice(item, MOMENTS)


def _fault(item: str) -> str:
    jobs, colon, fault = item.partition(":")
    if not colon:
        return "JOBS:FAULT is wanted"
    jobs, slash, every = jobs.partition("/")
    if slash and not (every.isdecimal() and int(every)):
        return f"{every!r} is no number from 1"
    return ("" if jobs == "all" else _range(jobs)) or _choice(fault, FAULTS)


def _range(text: str) -> str:
    match = re.fullmatch(_RANGE, text)
    if not match:
        return f"{text!r} is neither N nor N-M"
    return f"{text!r} goes backwards" if match[2] and int(match[2]) < int(match[1]) else ""


def _choice(word: str, words: tuple[str, ...]) -> str:
    return "" if word in words else f"{word!r} is none of {', '.join(words)}"


def _list_of(complaint: Callable[[str], str]) -> BeforeValidator:
    """A parameter that is a comma-separated list of items, each perhaps with a block before it.

    `complaint` says what is wrong with an item, nothing if it is right.
    """

    def check(value: object) -> str | None:
        if value is None:
            return None
        # YAML reads one plain number as a number.
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError("a list in one string is wanted: ITEM,ITEM")
        items = str(value).split(",") if value != "" else []
        if len(items) > _ITEMS_MAX:
            raise ValueError(f"at most {_ITEMS_MAX} items")
        for item in items:
            block, colon, rest = item.partition(":")
            if reason := complaint(rest if colon and block in BLOCKS else item):
                raise ValueError(f"{item!r}: {reason}")
        return str(value)

    return BeforeValidator(check)


def _mishap(value: object) -> str:
    """BLOCK:FAULT."""
    block, colon, fault = str(value).partition(":")
    if not colon:
        raise ValueError("BLOCK:FAULT is wanted")
    if reason := _choice(block, BLOCKS) or _choice(fault, FAULTS):
        raise ValueError(reason)
    return str(value)


# A fault that some block may have.
Mishap = Annotated[str, BeforeValidator(_mishap)]

_Microseconds = Annotated[int, Field(ge=0, le=2**32 - 1)]
_Period = Annotated[int, Field(ge=1, le=10**6)]


@strict_dataclass(frozen=True, config=STRICT)
class Hardware:
    """Parameters of the module, by their names; what is None is left to the module."""

    latency: Annotated[str | None, _list_of(_latency)] = None
    data: Annotated[str | None, _list_of(_moment)] = None
    faults: Annotated[str | None, _list_of(_fault)] = None
    late_us: _Microseconds | None = None
    after_us: _Microseconds | None = None
    poll_us: _Period | None = None
    poll_max_us: _Period | None = None
    journal: Annotated[int, Field(ge=1, le=10**6)] | None = None

    def module(self, seed: int) -> str:
        """The module with its parameters, as one of a scenario's `modules`."""
        return " ".join((MODULE, f"seed={seed}", *self._parameters()))

    @property
    def latencies(self) -> dict[str, str]:
        """The latency of each block that is named; "" is all others."""
        items = self.latency.split(",") if self.latency else []
        return {block: value for block, _, value in (i.rpartition(":") for i in items)}

    def joined(self, other: "Hardware") -> "Hardware":
        """Hardware for the workloads of both, which may need different blocks.

        Raises:
            ValueError: the two contradict each other.
        """
        both = {**self.latencies, **other.latencies}
        if both != {**other.latencies, **self.latencies}:
            raise ValueError("latency")
        if replace(self, latency=None) != replace(other, latency=None):
            raise ValueError("more than the latency")
        items = (f"{block}:{value}" if block else value for block, value in both.items())
        return replace(self, latency=",".join(items) or None)

    def _parameters(self) -> Iterator[str]:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                yield f"{field.name}={value}"
