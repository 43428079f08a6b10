# SPDX-License-Identifier: GPL-2.0-only
"""The history of a buffer laid out as a picture: positions only, the template draws them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rig.report.history import LANES, History, Lane, Mark, Span, Tone

# Units of the picture; one is a CSS pixel at full width.
WIDTH = 980
GUTTER = 96
RIGHT = 26
LANE_HEIGHT = 46
AXIS_HEIGHT = 34
# Between spans that are stacked.
STACK = 8.0
# Of words above a mark.
LIFT = 10.0
# Average advance of a character at the size of the labels.
CHARACTER = 5.9
# Between the words of two moments on the axis.
TICK_GAP = 10.0
# Moments closer than this are drawn this far apart: order matters more than distance here.
LEAST_GAP = 5.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark; `label_x` and `label_row` say where its words stand, None: only in the table."""

    x: float
    y: float
    label: str
    tone: Tone
    detail: str
    label_x: float | None
    label_y: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float
    y: float
    label: str
    tone: Tone
    open: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment on the axis; `label_x` is the middle of its words, which stay in the picture."""

    x: float
    label: str
    label_x: float
    shown: bool


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    y: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """A picture of `width` by `height`."""

    title: str
    width: int
    height: float
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    traced: bool


def draw(history: History) -> Timeline:
    """Lay a history out.  Time runs to the right, in order but not to scale: where nothing
    happens it is squeezed, and the axis says how long it was."""
    begin = history.begin_us
    axis = _Axis(_moments(history))
    lanes = [lane for lane in LANES if _used(history, lane)]
    y_of = {lane: 30.0 + LANE_HEIGHT * number for number, lane in enumerate(lanes)}
    bars: list[Bar] = []
    dots: list[Dot] = []
    for lane in lanes:
        spans = [span for span in history.spans if span.lane == lane]
        heights = _stacked(spans, y_of[lane])
        bars += [_bar(span, axis, y) for span, y in zip(spans, heights, strict=True)]
        # What ends a span is drawn at its height.
        ends = {span.end_us: y for span, y in zip(spans, heights, strict=True)}
        marks = [mark for mark in history.marks if mark.lane == lane]
        dots += _dots(marks, axis, y_of[lane], ends)
    return Timeline(
        title=history.title,
        width=WIDTH,
        height=30.0 + LANE_HEIGHT * (len(lanes) - 1) + 22 + AXIS_HEIGHT,
        rows=tuple(Row(lane, y_of[lane]) for lane in lanes),
        bars=tuple(bars),
        dots=tuple(dots),
        ticks=_ticks(axis, begin),
        traced=history.traced,
    )


def duration(microseconds: float) -> str:
    """A length of time for people, four digits."""
    if microseconds < 1000:
        return f"{microseconds:.0f} µs"
    if microseconds < 1_000_000:
        return f"{microseconds / 1000:.4g} ms"
    return f"{microseconds / 1_000_000:.4g} s"


class _Axis:
    """A monotonous map from time to place that gives every gap the logarithm of its length."""

    def __init__(self, moments: Sequence[float]) -> None:
        self.moments = moments
        weights = [math.log1p((after - before) / 20) for before, after in pairwise(moments)]
        room = WIDTH - GUTTER - RIGHT
        least = min(LEAST_GAP, room / (2 * len(weights))) if weights else 0
        total = sum(weights) or 1
        spare = room - least * len(weights)
        places = [float(GUTTER)]
        for weight in weights:
            places.append(places[-1] + least + spare * weight / total)
        self._places = dict(zip(moments, places, strict=True))

    def x(self, time_us: float) -> float:
        return round(self._places[time_us], 1)


def _moments(history: History) -> list[float]:
    times = {mark.time_us for mark in history.marks}
    times |= {span.begin_us for span in history.spans}
    times |= {span.end_us for span in history.spans if span.end_us is not None}
    return sorted(times)


def _used(history: History, lane: Lane) -> bool:
    return any(mark.lane == lane for mark in history.marks)


def _stacked(spans: Sequence[Span], y: float) -> list[float]:
    """The height of each span; those that overlap are stacked around the middle of the lane."""
    ends: list[float] = []
    levels = []
    for span in spans:
        free = (n for n, end in enumerate(ends) if end < span.begin_us)
        level = next(free, len(ends))
        ends[level:] = [span.end_us or math.inf, *ends[level + 1 :]]
        levels.append(level)
    return [y + STACK * (level - (len(ends) - 1) / 2) for level in levels]


def _bar(span: Span, axis: "_Axis", y: float) -> Bar:
    begin = axis.x(span.begin_us)
    end = axis.x(span.end_us) if span.end_us is not None else WIDTH - RIGHT + 14.0
    return Bar(begin, round(end - begin, 1), y, span.label, span.tone, span.end_us is None)


def _dots(
    marks: Sequence[Mark], axis: _Axis, y: float, ends: Mapping[float | None, float]
) -> list[Dot]:
    """Marks of one lane.  Faults get their words first, then whoever finds room, in two rows."""
    taken: dict[int, list[tuple[float, float]]] = {-1: [], 1: []}
    places: dict[Mark, tuple[float, float]] = {}
    # Who says the same as the one before needs no words.
    first = [mark for before, mark in pairwise([None, *marks]) if mark and not _same(before, mark)]
    for mark in sorted(first, key=lambda mark: (mark.tone != "bad", mark.time_us)):
        width = len(mark.label) * CHARACTER
        middle = axis.x(mark.time_us)
        left = min(max(middle - width / 2, GUTTER - 6), WIDTH - width - 2)
        for row in (-1, 1):
            if all(left + width + 8 < a or b + 8 < left for a, b in taken[row]):
                taken[row].append((left, left + width))
                places[mark] = (left, y - LIFT if row < 0 else y + LIFT + 8)
                break
    return [
        Dot(
            x=axis.x(mark.time_us),
            y=ends.get(mark.time_us, y),
            label=mark.label,
            tone=mark.tone,
            detail=mark.detail,
            label_x=round(places[mark][0], 1) if mark in places else None,
            label_y=places[mark][1] if mark in places else None,
        )
        for mark in marks
    ]


def _same(before: Mark | None, mark: Mark) -> bool:
    return before is not None and (before.label, before.tone) == (mark.label, mark.tone)


def _ticks(axis: _Axis, begin: float) -> tuple[Tick, ...]:
    """The moments of the axis; the last is always shown, the others where there is room."""
    ticks = [_tick(axis.x(moment), moment - begin) for moment in axis.moments]
    last = _reach(ticks[-1])[0] if ticks else 0.0
    free = 0.0
    told = []
    for tick in ticks:
        left, right = _reach(tick)
        shown = tick is ticks[-1] or (left >= free and right + TICK_GAP <= last)
        if shown:
            free = right + TICK_GAP
        told.append(replace(tick, shown=shown))
    return tuple(told)


def _tick(x: float, after: float) -> Tick:
    label = f"+{duration(after)}" if after else "0"
    half = len(label) * CHARACTER / 2
    return Tick(x, label, round(min(x, WIDTH - half - 1), 1), shown=False)


def _reach(tick: Tick) -> tuple[float, float]:
    half = len(tick.label) * CHARACTER / 2
    return tick.label_x - half, tick.label_x + half
