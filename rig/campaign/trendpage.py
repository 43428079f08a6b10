# SPDX-License-Identifier: GPL-2.0-only
"""The trend of many runs as one HTML file that needs nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rig.campaign.runview import RunView, judgement, view_of
from rig.campaign.trend import Change, Flake, Track, changes, flakes, tracks
from rig.judge.verdict import Judgement, worst_of
from rig.model.claims import claims
from rig.report.page import page
from rig.report.summary import ReasonSummary, Remembered, RunSummary

# A chart in its own units; the page scales it.
WIDTH, HEIGHT, EDGE = 240, 44, 4

# Of a change so many cases are named.
_NAMED = 6


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure of the runs of a track, from the oldest to the newest."""

    title: str
    values: tuple[float, ...]

    @property
    def dots(self) -> tuple[tuple[float, float], ...]:
        """Where each value is; the least is at the bottom."""
        low, high = min(self.values), max(self.values)
        across = (WIDTH - 2 * EDGE) / max(len(self.values) - 1, 1)
        up = (HEIGHT - 2 * EDGE) / (high - low or 1)
        # What never changes is in the middle.
        base = HEIGHT - EDGE if high > low else HEIGHT / 2
        return tuple(
            (round(EDGE + at * across, 1), round(base - (value - low) * up, 1))
            for at, value in enumerate(self.values)
        )

    @property
    def range(self) -> str:
        """The least, the most, and the newest, in words."""
        low, high = min(self.values), max(self.values)
        return f"{low:g}" if low == high else f"{low:g} to {high:g}, now {self.values[-1]:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """A track: its runs by day, and its figures."""

    track: Track
    days: Mapping[str, tuple[RunView, ...]]
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change as the page shows it; `more`: cases that are not named."""

    track: Track
    reason: ReasonSummary | None
    verdict: Judgement
    cases: tuple[str, ...]
    more: int
    first_bad: RunView
    last_good: RunView | None
    mended: RunView | None


@dataclass(frozen=True, slots=True)
class FlakeView:
    """A flake as the page shows it: each verdict, how often there was it, and the first run."""

    case: str
    clock: str
    verdicts: tuple[tuple[Judgement, int, RunView], ...]


def trend_page(runs: Sequence[Remembered], place: Path) -> str:
    """The page.

    Args:
        place: the directory in which it will lie, for its links.
    """
    views = {each.path: view_of(each, place) for each in runs}
    found = tracks(runs)
    seen = flakes(runs)
    days = sorted({view.day for view in views.values()}, reverse=True)
    return page(
        "trend.html",
        ["report.css", "trend.css"],
        titles={claim.name: claim.title for claim in claims()},
        count=len(runs),
        verdict=worst_of([judgement(track.newest.verdict) for track in found]),
        rows=[_row(track, views) for track in found],
        days=days,
        months=[(month, len(list(same))) for month, same in groupby(days, _month)],
        changes=sorted(
            (_change(each, views) for track in found for each in changes(track)),
            key=lambda change: change.first_bad.run.date,
            reverse=True,
        ),
        flakes=[_flake(flake, views) for flake in seen.found],
        pairs=seen.pairs,
        box=f"0 0 {WIDTH} {HEIGHT}",
    )


def _month(day: str) -> str:
    return day[:7]


def _row(track: Track, views: Mapping[Path, RunView]) -> Row:
    days: dict[str, tuple[RunView, ...]] = {}
    for each in track.runs:
        view = views[each.path]
        days[view.day] = (*days.get(view.day, ()), view)
    return Row(track, days, tuple(_charts([each.run for each in track.runs])))


def _charts(runs: Sequence[RunSummary]) -> list[Chart]:
    def chart(title: str, values: Sequence[float]) -> Chart:
        return Chart(title, tuple(round(value, 1) for value in values))

    return [
        chart("cases", [len(run.cases) for run in runs]),
        chart("fences published", [sum(case.fences for case in run.cases) for run in runs]),
        chart("jobs looked into", [sum(case.jobs for case in run.cases) for run in runs]),
        chart("guest seconds", [sum(case.guest_seconds for case in run.cases) for run in runs]),
    ]


def _change(change: Change, views: Mapping[Path, RunView]) -> ChangeView:
    names = tuple(case.id for case in change.cases)
    return ChangeView(
        track=change.track,
        reason=change.reason,
        verdict=judgement(change.cases[0].verdict),
        cases=names[:_NAMED],
        more=len(names[_NAMED:]),
        first_bad=views[change.first_bad.path],
        last_good=views[change.last_good.path] if change.last_good else None,
        mended=views[change.mended.path] if change.mended else None,
    )


def _flake(flake: Flake, views: Mapping[Path, RunView]) -> FlakeView:
    by_word: dict[str, list[Remembered]] = {}
    for run, word in flake.runs:
        by_word.setdefault(word, []).append(run)
    return FlakeView(
        flake.case,
        flake.clock,
        tuple((judgement(word), len(runs), views[runs[0].path]) for word, runs in by_word.items()),
    )
