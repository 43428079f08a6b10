# SPDX-License-Identifier: GPL-2.0-only
"""Two runs, and what the second adds to the lock graph of the first or takes from it.

Which orders a boot shows depends on timing.  So with several cases or seeds two things are said of
each difference: whether it is *certain* (in every case of one run that has a counterpart, in no
case of the other) or only *seen* (in some case of the one, in none of the other).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig.evidence.lockkeys import LockIdentity
from rig.locks.graph import CaseGraph, Edge, StableGraph, intersection, read_run, union


@dataclass(frozen=True)
class Difference:
    """What one run has and the other has not.

    Attributes:
        seen: in some case of the one, in no case of the other.
        certain: in all cases of some scenario of the one, in no case of the other.
        source: all that the one has, for the stacks.
    """

    seen: StableGraph
    certain: StableGraph
    source: StableGraph


@dataclass(frozen=True)
class LockDiff:
    """From `before` to `after`; both are names for people.

    Attributes:
        cases: how many cases of each were taken together.
        scenarios: those that both have; only they are compared.
    """

    before: str
    after: str
    cases: tuple[int, int]
    scenarios: tuple[str, ...]
    added: Difference
    removed: Difference


def diff_runs(before: Path, after: Path) -> LockDiff:
    """Compare the scenarios that two run directories have in common; all, if they have none.

    Raises:
        InputError: one of them is no run directory, or left no graph.
    """
    return diff(str(before), read_run(before), str(after), read_run(after))


def diff(before: str, old: Sequence[CaseGraph], after: str, new: Sequence[CaseGraph]) -> LockDiff:
    """Compare the cases of two runs."""
    shared = {case.scenario for case in old} & {case.scenario for case in new}
    if shared:
        old = [case for case in old if case.scenario in shared]
        new = [case for case in new if case.scenario in shared]
    return LockDiff(
        before,
        after,
        (len(old), len(new)),
        tuple(sorted(shared)),
        added=_difference(new, old),
        removed=_difference(old, new),
    )


def _difference(ones: Sequence[CaseGraph], others: Sequence[CaseGraph]) -> Difference:
    there = union(case.graph for case in others)
    source = union(case.graph for case in ones)
    scenarios = {case.scenario for case in ones}
    always = union(
        intersection([case.graph for case in ones if case.scenario == scenario])
        for scenario in scenarios
    )
    return Difference(source - there, always - there, source)


def document(found: LockDiff) -> dict[str, Any]:
    """The comparison for machines."""
    return {
        "schema": 1,
        "before": found.before,
        "after": found.after,
        "cases": list(found.cases),
        "scenarios": list(found.scenarios),
        "added": _part(found.added),
        "removed": _part(found.removed),
    }


def _part(part: Difference) -> dict[str, Any]:
    return {
        "classes": [
            {"class": _lock(lock), "certain": lock in part.certain.classes}
            for lock in sorted(part.seen.classes)
        ],
        "edges": [
            {
                "before": _lock(edge[0]),
                "after": _lock(edge[1]),
                "certain": edge in part.certain.edges,
                "stack": [str(lock) for lock in part.source.stack_of(edge)],
            }
            for edge in sorted(part.seen.edges)
        ],
        "usage": [
            {"class": _lock(lock), "use": use, "certain": (lock, use) in part.certain.usage}
            for lock, use in sorted(part.seen.usage)
        ],
    }


def _lock(lock: LockIdentity) -> dict[str, Any]:
    return {
        "name": lock.name,
        "subclass": lock.subclass,
        "module": lock.module,
        "file": lock.file,
        "object": lock.object,
        "number": lock.number,
        "dynamic": lock.dynamic,
    }


def text(found: LockDiff) -> str:
    """The comparison for people."""
    what = f"scenarios {', '.join(found.scenarios)}" if found.scenarios else "different scenarios"
    lines = [
        f"lock graph: {found.before} ({found.cases[0]} cases) -> "
        f"{found.after} ({found.cases[1]} cases), {what}",
        "A mark ~ stands before what only some seeds of a scenario showed.",
    ]
    for word, sign, part in (("added", "+", found.added), ("removed", "-", found.removed)):
        if part.seen.empty:
            lines.append(f"nothing {word}")
        lines += _told(f"classes {word}", sign, _classes(part))
        lines += _told(f"edges {word}", sign, _edges(part))
        lines += _told(f"uses in interrupts {word}", sign, _uses(part))
    return "\n".join(lines) + "\n"


def _told(title: str, sign: str, rows: Sequence[tuple[bool, str]]) -> list[str]:
    if not rows:
        return []
    return [
        f"{title}: {len(rows)}",
        *(f"  {sign}{' ' if certain else '~'} {row}" for certain, row in rows),
    ]


def _classes(part: Difference) -> list[tuple[bool, str]]:
    return [(lock in part.certain.classes, str(lock)) for lock in sorted(part.seen.classes)]


def _edges(part: Difference) -> list[tuple[bool, str]]:
    return [(edge in part.certain.edges, arrow(edge)) for edge in sorted(part.seen.edges)]


def _uses(part: Difference) -> list[tuple[bool, str]]:
    return [
        ((lock, use) in part.certain.usage, f"{lock}: {use}")
        for lock, use in sorted(part.seen.usage)
    ]


def arrow(edge: Edge) -> str:
    """An edge for people."""
    return f"{edge[0]} -> {edge[1]}"
