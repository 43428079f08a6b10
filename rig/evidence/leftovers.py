# SPDX-License-Identifier: GPL-2.0-only
"""What a case left behind: the accounts of the guest from before the workloads and after them.

docs/reference/protocol.md says how each is delivered.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rig.evidence.dump import Dump

# Of lines that no parser understands so many are told.
_PROBLEMS_LIMIT: Final = 5

# How the rig's own modules are called.
_OWN: Final = "m2m_"

_SITE: Final = re.compile(
    r"site (?P<before>\d{1,19}) (?P<after>\d{1,19}) -?\d{1,19} -?\d{1,19} "
    r"(?P<file>\S{1,300}):(?P<line>\d{1,9})"
    r"(?: (?:module:(?P<module>\S{1,64})|\[(?P<bracketed>\S{1,64})\]))?"
    r" func:(?P<function>\S{1,200})(?P<inaccurate> accurate:no)?",
    re.ASCII,
)
_SITES: Final = re.compile(r"sites (\d{1,9}) (\d{1,9})", re.ASCII)
_DEVICE: Final = re.compile(
    r"(?P<name>\S{1,200}) driver=(?P<driver>\S{1,100}) references=(?P<references>\d{1,10})"
    r"(?: awake=(?P<awake>-?\d{1,10}) disabled=(?P<disabled>\d{1,10})"
    r" forbidden=(?P<forbidden>[01]))?",
    re.ASCII,
)
# drivers/clk/clk.c, clk_summary_show_one(): name, enable count, prepare count, protect count, rate.
_CLOCK: Final = re.compile(r" {1,64}(\S{1,200}) +(\d{1,10}) +(\d{1,10}) +(\d{1,10}) +\d", re.ASCII)
# Documentation/filesystems/proc.rst: number, a count for each CPU, then chip, line and actions.
_INTERRUPT: Final = re.compile(r" *(\d{1,9}): +(?:\d{1,20} +)+(\D.{0,500})", re.ASCII)
_MODULE: Final = re.compile(r"(\S{1,64}) \d{1,12} (\d{1,10}) ", re.ASCII)


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the source that holds another number of allocations than before.

    Attributes:
        file, line, function: the place; the file relative to the kernel tree.
        module: "" for what is built in.
        before, after: how many allocations of it there were.
        lossy: the kernel says that it has lost one (since 7.2), so the numbers prove nothing.
    """

    file: str
    line: int
    function: str
    module: str
    before: int
    after: int
    lossy: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """Something that is counted, with another number than before.

    Attributes:
        of: what it belongs to: a device, a clock, a module.
        what: which count, in words.
    """

    of: str
    what: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What differs between the beginning of a case and its end.

    Attributes:
        sites: how many places in the source were looked at; 0 if nobody counted.
        allocations: places with another number of allocations.
        counts: references, requests to stay awake, clocks, modules, mappings for DMA.
        interrupts: handlers that were not there at the beginning.
        problems: what could not be read, one remark each.
    """

    sites: int
    allocations: tuple[Site, ...]
    counts: tuple[Count, ...]
    interrupts: tuple[str, ...]
    problems: tuple[str, ...]


def parse_leftovers(dump: Dump) -> Leftovers:
    """What the dump of a case tells of it; a member that is missing says nothing."""
    sites, allocations, problems = _allocations(_text(dump, "allocations"))
    return Leftovers(
        sites,
        tuple(allocations),
        tuple(_counts(dump)),
        tuple(_interrupts(_text(dump, "start/interrupts"), _text(dump, "end/interrupts"))),
        tuple(problems[:_PROBLEMS_LIMIT]),
    )


def _text(dump: Dump, name: str) -> str:
    return dump.files.get(name, b"").decode(errors="backslashreplace")


def _allocations(text: str) -> tuple[int, list[Site], list[str]]:
    head, *lines = text.splitlines() or [""]
    match = _SITES.fullmatch(head)
    if match is None:
        return 0, [], [f"allocations: {head[:80]!r}"] if head else []
    found: list[Site] = []
    problems: list[str] = []
    for number, line in enumerate(lines, 2):
        site = _SITE.fullmatch(line)
        if site is None:
            problems.append(f"allocations, line {number}: {line[:80]!r}")
            continue
        found.append(
            Site(
                file=site["file"],
                line=int(site["line"]),
                function=site["function"],
                module=site["module"] or site["bracketed"] or "",
                before=int(site["before"]),
                after=int(site["after"]),
                lossy=bool(site["inaccurate"]),
            )
        )
    return min(int(match[1]), int(match[2])), found, problems


# The values by what they are counted for: (device, clock or module; which count).
_Table = dict[tuple[str, str], int]


def _counts(dump: Dump) -> Iterator[Count]:
    for name, read in _READERS.items():
        before, after = (read(_text(dump, f"{when}/{name}")) for when in ("start", "end"))
        # What came or went with a driver has no count to compare.  In the guest's order.
        for key, count in before.items():
            if after.get(key, count) != count:
                yield Count(*key, count, after[key])
    used = [_mappings(dump, when) for when in ("start", "end")]
    if None not in used and used[0] != used[1]:
        yield Count("all devices", "mappings for DMA", used[0] or 0, used[1] or 0)


def _devices(text: str) -> _Table:
    table: _Table = {}
    for match in filter(None, map(_DEVICE.fullmatch, text.splitlines())):
        if match["driver"].startswith(_OWN):
            # It supplies power: how often follows from when others let it sleep.
            continue
        owner = f"{match['name']} ({match['driver']})"
        for what, words in _OF_DEVICE.items():
            if match[what] is not None:
                table[owner, words] = int(match[what])
    return table


_OF_DEVICE: Final = {
    "references": "references",
    "awake": "requests to stay awake",
    "disabled": "times that runtime power management was switched off",
    "forbidden": "runtime power management forbidden",
}


def _clocks(text: str) -> _Table:
    table: _Table = {}
    for match in filter(None, map(_CLOCK.match, text.splitlines())):
        for words, value in zip(_OF_CLOCK, match.groups()[1:], strict=True):
            table[f"clock {match[1]}", words] = int(value)
    return table


_OF_CLOCK: Final = ("times enabled", "times prepared", "times protected")


def _modules(text: str) -> _Table:
    found = filter(None, map(_MODULE.match, text.splitlines()))
    return {(f"module {match[1]}", "references"): int(match[2]) for match in found}


_READERS: Final[Mapping[str, Callable[[str], _Table]]] = {
    "devices": _devices,
    "clocks": _clocks,
    "modules": _modules,
}


def _mappings(dump: Dump, when: str) -> int | None:
    """How many entries the table of the DMA API's checker holds."""
    numbers = [_text(dump, f"{when}/mappings/{name}").strip() for name in ("all", "free")]
    if not all(number.isdecimal() for number in numbers):
        return None
    everything, free = map(int, numbers)
    return everything - free


def _interrupts(before: str, after: str) -> Iterator[str]:
    known = set(_handlers(before))
    return (line for line in _handlers(after) if line not in known)


def _handlers(text: str) -> Iterable[str]:
    for match in filter(None, map(_INTERRUPT.fullmatch, text.splitlines())):
        yield f"{match[1]}: {' '.join(match[2].split())}"
