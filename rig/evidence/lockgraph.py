# SPDX-License-Identifier: GPL-2.0-only
"""What lockdep knows: its classes, the order in which they were taken, and its own counters.

Formats: ``kernel/locking/lockdep_proc.c`` (l_show, lc_show, lockdep_stats_show, print_name).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_CLASS: Final = re.compile(
    r"([0-9a-f]{1,16}|____ptrval____|\(ptrval\))"
    r"(?: OPS: *(-?\d{1,20}))?(?: FD: *(\d{1,20}) BD: *(\d{1,20}) ([-.+?]{4}))?: (.*)",
    re.ASCII | re.DOTALL,
)
_EDGE: Final = re.compile(r" -> \[([^\]]{1,20})\] (.*)", re.ASCII | re.DOTALL)
_LINK: Final = re.compile(r"\[([^\]]{1,20})\] (.*)", re.ASCII | re.DOTALL)
_STATISTIC: Final = re.compile(
    r" *([a-zA-Z][^:]{0,60}): {0,40}(-?\d{1,20})(?: \[max: (\d{1,20})\])?$", re.ASCII
)
# print_name(): "#N" numbers classes of the same name in the order of their registration, "/N" is
# the subclass.
_VERSION: Final = re.compile(r"#\d{1,9}(?=(?:/\d{1,4})?$)", re.ASCII)
# v4l2_ctrl_handler_init() (include/media/v4l2-ctrls.h) names its lock
# "<file>:<line>:(<expression>)->_lock".
_SOURCE_LINE: Final = re.compile(r"(?<=[\w-]):\d{1,7}:(?=\()", re.ASCII)
# alloc_percpu() and its like: "fs/file_table.c:515".
_CALL_LINE: Final = re.compile(r"(?<=\.[ch]):\d{1,7}(?=(?:#\d{1,9})?(?:/\d{1,4})?$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class LockClass:
    """One class of locks.

    Attributes:
        key: address of the class's key as printed; unique in one boot, and the address of a
            symbol if the kernel was started with no_hash_pointers.
        name: as printed, with "#N" and "/N".
        usage: four characters: hardirq, hardirq-read, softirq, softirq-read; each "." never,
            "-" in that context, "+" with it enabled, "?" both.  "" without PROVE_LOCKING.
        operations: how often it was taken; None without DEBUG_LOCKDEP.
        forward, backward: how many classes are reachable, itself included.
    """

    key: str
    name: str
    usage: str
    operations: int | None
    forward: int
    backward: int


@dataclass(frozen=True, slots=True)
class LockChain:
    """Classes that were held together, outermost first.

    Attributes:
        context: "0" (task), "hardirq", "softirq", "hardirq|softirq".
        keys: of the classes.
    """

    context: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockGraph:
    """Classes by key, and the direct edges between them (distance 1 only, as the kernel prints).

    Attributes:
        classes: by key.
        edges: (key, key): the second was taken while the first was held.
        chains: empty if no chains were given.
        problems: lines that could not be read, one remark each.
    """

    classes: Mapping[str, LockClass]
    edges: frozenset[tuple[str, str]]
    chains: tuple[LockChain, ...] = ()
    problems: tuple[str, ...] = ()

    def edges_by_name(self) -> frozenset[tuple[str, str]]:
        """The edges between normalised names; classes that share a name fall together."""
        names = {key: normalise(entry.name) for key, entry in self.classes.items()}
        return frozenset(
            (names.get(before, before), names.get(after, after)) for before, after in self.edges
        )


@dataclass(frozen=True, slots=True)
class LockStats:
    """Lockdep's counters.

    Attributes:
        values: by the kernel's own label ("dependency chains", "debug_locks").
        limits: the "[max: N]" of those that have one.
    """

    values: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def debug_locks(self) -> int | None:
        """1 while lockdep is on; None if the file does not say, as when it was cut off."""
        return self.values.get("debug_locks")

    @property
    def chains(self) -> int:
        """Number of dependency chains, 0 if the file does not say."""
        return self.values.get("dependency chains", 0)

    def tables(self) -> tuple[tuple[str, int, int], ...]:
        """Name, used and size of each table; lockdep turns itself off when one overflows.

        Lost chain entries count as a table of size 0, and are named only if there are any.
        """
        tables = [(name, self.values[name], limit) for name, limit in self.limits.items()]
        lost = self.values.get("dependency chain hlocks lost", 0)
        if lost > 0:
            tables.append(("dependency chain hlocks lost", lost, 0))
        return tuple(tables)


def normalise(name: str) -> str:
    """A class name without what changes from build to build and from boot to boot.

    "hantro_drv:604:(&ctx->ctrl_handler)->_lock" and "fs/file_table.c:515" lose their lines,
    "&ctx->vb_mutex#2" its number.
    The subclass stays: it is another class.
    """
    return _VERSION.sub("", _CALL_LINE.sub("", _SOURCE_LINE.sub(":", name)))


def parse_lock_graph(lockdep: bytes, chains: bytes = b"") -> LockGraph:
    """Reads /proc/lockdep, and /proc/lockdep_chains if there is any."""
    classes: dict[str, LockClass] = {}
    edges: set[tuple[str, str]] = set()
    problems: list[str] = []
    current: str | None = None
    for number, line in enumerate(_lines(lockdep), 1):
        if match := _CLASS.fullmatch(line):
            current = match[1]
            classes[current] = _lock_class(match)
        elif (match := _EDGE.fullmatch(line)) and current is not None:
            edges.add((current, match[1]))
            # Lockdep prints all classes, but one may be registered after its own line's turn.
            classes.setdefault(match[1], LockClass(match[1], match[2], "", None, 0, 0))
        elif line and line != "all lock classes:":
            problems.append(f"lockdep, line {number}: {line[:80]}")
    listed, unread = _chains(chains)
    return LockGraph(classes, frozenset(edges), listed, (*problems, *unread))


def parse_lock_stats(data: bytes) -> LockStats:
    """Reads /proc/lockdep_stats; what is cut off is absent."""
    values: dict[str, int] = {}
    limits: dict[str, int] = {}
    for line in _lines(data):
        if match := _STATISTIC.fullmatch(line):
            values[match[1]] = int(match[2])
            if match[3] is not None:
                limits[match[1]] = int(match[3])
    return LockStats(values, limits)


def _lines(data: bytes) -> list[str]:
    """The lines that are complete: half a line may hold half a name, or half a number."""
    return data.decode("utf-8", errors="backslashreplace").split("\n")[:-1]


def _lock_class(match: re.Match[str]) -> LockClass:
    return LockClass(
        key=match[1],
        name=match[6],
        usage=match[5] or "",
        operations=None if match[2] is None else int(match[2]),
        forward=int(match[3] or 0),
        backward=int(match[4] or 0),
    )


def _chains(data: bytes) -> tuple[tuple[LockChain, ...], tuple[str, ...]]:
    chains: list[LockChain] = []
    problems: list[str] = []
    context: str | None = None
    keys: list[str] = []
    for number, line in enumerate(_lines(data), 1):
        if line.startswith("irq_context: "):
            context, keys = line.removeprefix("irq_context: "), []
        elif (match := _LINK.fullmatch(line)) and context is not None:
            keys.append(match[1])
        elif not line and context is not None:
            # An empty line ends a chain, so one that is cut off is not taken for a short one.
            chains.append(LockChain(context, tuple(keys)))
            context = None
        elif line.startswith("(buggered) "):
            problems.append("lockdep_chains: no room for chains (buggered)")
        elif line and line != "all lock chains:":
            problems.append(f"lockdep_chains, line {number}: {line[:80]}")
    return tuple(chains), tuple(problems)
