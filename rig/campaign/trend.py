# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig trend`: many runs in the order of their days, and what changed between them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from rig.campaign.compare import CaseChange
from rig.report.summary import CaseSummary, ReasonSummary, Remembered, RunSummary

# Of a release, what a distribution's next update leaves.
_LINE = re.compile(r"\d+\.\d+")


@dataclass(frozen=True)
class Track:
    """Runs that follow each other: one line of kernels, one series.

    Args:
        kernel: without what changes with each update, for example 6.12.
        runs: the oldest first.
    """

    kernel: str
    series: str
    runs: tuple[Remembered, ...]

    @property
    def newest(self) -> RunSummary:
        """How it stands now."""
        return self.runs[-1].run


@dataclass(frozen=True)
class Change:
    """Cases that became worse between two runs, for one reason.

    Args:
        reason: the first that was new; None: none was, as where nothing is judged any more.
        last_good: the last run before, in which these cases ran; None: they were red at once.
        mended: the first run after, in which none of them was red; None: not yet.
    """

    track: Track
    reason: ReasonSummary | None
    cases: tuple[CaseSummary, ...]
    first_bad: Remembered
    last_good: Remembered | None
    mended: Remembered | None


@dataclass(frozen=True)
class Flake:
    """A case of which guests with the same inputs were judged differently.

    Args:
        runs: in which it had these inputs, each with the verdict.
    """

    case: str
    clock: str
    runs: tuple[tuple[Remembered, str], ...]


@dataclass(frozen=True)
class Flakes:
    """All of them.

    Args:
        found: the cases.
        pairs: how often two runs of a case had the same inputs.
    """

    found: tuple[Flake, ...]
    pairs: int


def tracks(runs: Iterable[Remembered]) -> tuple[Track, ...]:
    """The runs, apart by kernel and series, in the order of their days."""
    found: dict[tuple[str, str], list[Remembered]] = {}
    for each in sorted(runs, key=lambda each: (each.run.date, str(each.path))):
        found.setdefault((_line(each.run.kernel), each.run.series), []).append(each)
    return tuple(
        Track(kernel, series, tuple(runs))
        for (kernel, series), runs in sorted(found.items(), key=lambda item: _rank(item[0]))
    )


def changes(track: Track) -> tuple[Change, ...]:
    """Where cases of a track became worse, the newest first."""
    groups: dict[tuple[int, int, tuple[str, str, bool] | None], list[CaseSummary]] = {}
    reasons: dict[tuple[str, str, bool] | None, ReasonSummary] = {}
    for id in dict.fromkeys(case.id for each in track.runs for case in each.run.cases):
        for good, bad, case, reason in _turns(track.runs, id):
            key = reason.key if reason else None
            if reason:
                reasons.setdefault(reason.key, reason)
            groups.setdefault((bad, good, key), []).append(case)
    return tuple(
        Change(
            track=track,
            reason=reasons.get(key),
            cases=tuple(cases),
            first_bad=track.runs[bad],
            last_good=track.runs[good] if good >= 0 else None,
            mended=_mended(track.runs[bad + 1 :], cases),
        )
        for (bad, good, key), cases in sorted(
            groups.items(), key=lambda item: (-item[0][0], -item[0][1], str(item[0][2]))
        )
    )


def flakes(runs: Sequence[Remembered]) -> Flakes:
    """Cases that ran with the same inputs again, and were not judged as before.

    Guests that said the same and are judged differently now are none: the rig is another one.
    """
    again: dict[tuple[str, str], list[tuple[Remembered, CaseSummary]]] = {}
    for each in runs:
        for case in each.run.cases:
            if case.inputs:
                again.setdefault((case.id, case.inputs), []).append((each, case))
    found = [
        Flake(id, seen[0][1].clock, tuple((run, case.verdict) for run, case in seen))
        for (id, _), seen in again.items()
        if any(_differ(one, other) for (_, one), (_, other) in combinations(seen, 2))
    ]
    pairs = sum(len(seen) * (len(seen) - 1) // 2 for seen in again.values())
    return Flakes(tuple(sorted(found, key=lambda flake: flake.case)), pairs)


def _line(kernel: str) -> str:
    strict = ", strict" if kernel.endswith(", strict") else ""
    found = _LINE.match(kernel)
    return f"{found[0]}{strict}" if found else kernel


def _rank(key: tuple[str, str]) -> tuple[list[int], str, str]:
    return [int(number) for number in re.findall(r"\d+", key[0])], *key


def _turns(
    runs: Sequence[Remembered], id: str
) -> Iterator[tuple[int, int, CaseSummary, ReasonSummary | None]]:
    """Where a case became worse: numbers of the first bad run and of the last good one."""
    own = next(each.run.by_id[id] for each in runs if id in each.run.by_id)
    looked = [(at, each.run.has(own)) for at, each in enumerate(runs)]
    seen = [(at, case) for at, case in looked if case is not None]
    at, first = seen[0]
    if first.red:
        yield -1, at, first, next(iter(first.reasons), None)
    for (good, before), (bad, after) in pairwise(seen):
        change = CaseChange(before, after)
        if change.worse:
            yield good, bad, after, next(iter(change.appeared), None)


def _mended(later: Sequence[Remembered], cases: Sequence[CaseSummary]) -> Remembered | None:
    for each in later:
        now = [each.run.has(case) for case in cases]
        if all(case is not None and not case.red for case in now):
            return each
    return None


def _differ(one: CaseSummary, other: CaseSummary) -> bool:
    if one.evidence == other.evidence:
        return False
    change = CaseChange(one, other)
    return bool(change.claims or change.appeared or change.gone)
