# SPDX-License-Identifier: GPL-2.0-only
"""A directed graph laid out in rows, arrows pointing down: positions only.

The method of Sugiyama: layers by longest path, dummy places where an arrow passes a layer, order by
the mean of the neighbours, then places without overlap.  Lock graphs around fences have some
twenty classes; nothing here is meant for hundreds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 980.0
ROW = 66.0
BOX = 24.0
GAP = 18.0
MARGIN = 8.0
CHARACTER = 6.35
# Longer names are cut in the middle; the whole name is in the table beside the picture.
NAME_LIMIT = 34
_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Box:
    """A node; `x` is its middle, `y` its top."""

    name: str
    shown: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge as points from the bottom of a box to the top of another."""

    before: str
    after: str
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


# A node, or the place where an edge passes a layer on its way.
_Place = tuple[str, ...]


def lay_out(edges: Iterable[tuple[str, str]]) -> Drawing:
    """Lay out the graph of these edges; edges that close a circle point upwards."""
    todo = sorted({edge for edge in edges if edge[0] != edge[1]})
    nodes = sorted({name for edge in todo for name in edge})
    forward = _without_circles(nodes, todo)
    layers_of = _layers(nodes, forward)
    rows, chains = _rows(nodes, todo, layers_of)
    _order(rows, chains)
    x_of = _to_the_left(_places(rows, chains))
    y_of = {place: MARGIN + ROW * number for number, row in enumerate(rows) for place in row}
    width = max((x_of[place] + _width(place) / 2 for place in x_of), default=0) + MARGIN
    return Drawing(
        width=round(width),
        height=MARGIN * 2 + ROW * (len(rows) - 1) + BOX,
        boxes=tuple(
            Box(name, _shown(name), x_of[name,], y_of[name,], _width((name,)), BOX)
            for name in nodes
        ),
        arrows=tuple(
            Arrow(*edge, _path(chain, x_of, y_of)) for edge, chain in sorted(chains.items())
        ),
    )


def _without_circles(
    nodes: Sequence[str], edges: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The edges that can all point down: those that close a circle are left out."""
    after: dict[str, list[str]] = {name: [] for name in nodes}
    for before, behind in edges:
        after[before].append(behind)
    open_, done = set[str](), set[str]()
    kept: list[tuple[str, str]] = []

    def visit(name: str) -> None:
        open_.add(name)
        for behind in after[name]:
            if behind in open_:
                continue
            kept.append((name, behind))
            if behind not in done:
                visit(behind)
        open_.discard(name)
        done.add(name)

    for name in nodes:
        if name not in done:
            visit(name)
    return kept


def _layers(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Longest path from the top; then sources sink to just above their first target."""
    layer = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for before, after in edges:
            layer[after] = max(layer[after], layer[before] + 1)
    targets = {name: [layer[b] for a, b in edges if a == name] for name in nodes}
    entered = {after for _, after in edges}
    for name in nodes:
        if name not in entered and targets[name]:
            layer[name] = min(targets[name]) - 1
    return layer


def _rows(
    nodes: Sequence[str], edges: Sequence[tuple[str, str]], layer: Mapping[str, int]
) -> tuple[list[list[_Place]], dict[tuple[str, str], list[_Place]]]:
    rows: list[list[_Place]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for name in nodes:
        rows[layer[name]].append((name,))
    chains: dict[tuple[str, str], list[_Place]] = {}
    for before, after in edges:
        chain: list[_Place] = [(before,)]
        step = 1 if layer[after] > layer[before] else -1
        for number in range(layer[before] + step, layer[after], step):
            place = (before, after, str(number))
            rows[number].append(place)
            chain.append(place)
        chains[before, after] = [*chain, (after,)]
    return rows, chains


def _order(rows: list[list[_Place]], chains: Mapping[tuple[str, str], list[_Place]]) -> None:
    """Sort every row by the mean position of its neighbours, downwards and upwards in turn."""
    near = _neighbours(chains)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        numbers = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for number in numbers:
            beside = rows[number - 1] if down else rows[number + 1]
            position = {place: float(at) for at, place in enumerate(beside)}
            rows[number] = _sorted_by_mean(rows[number], near, position)


def _sorted_by_mean(
    row: Sequence[_Place], near: Mapping[_Place, list[_Place]], position: Mapping[_Place, float]
) -> list[_Place]:
    means = {}
    for at, place in enumerate(row):
        known = [position[each] for each in near.get(place, ()) if each in position]
        means[place] = sum(known) / len(known) if known else float(at)
    return sorted(row, key=means.__getitem__)


def _places(
    rows: Sequence[Sequence[_Place]], chains: Mapping[tuple[str, str], list[_Place]]
) -> dict[_Place, float]:
    near = _neighbours(chains)
    x_of: dict[_Place, float] = {}
    for row in rows:
        total = sum(_width(place) for place in row) + GAP * (len(row) - 1)
        left = max(MARGIN, (WIDTH - total) / 2)
        for place in row:
            x_of[place] = left + _width(place) / 2
            left += _width(place) + GAP
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            wish = {}
            for place in row:
                known = [x_of[each] for each in near.get(place, ())]
                wish[place] = sum(known) / len(known) if known else x_of[place]
            _settle(row, wish, x_of)
    return {place: round(x, 1) for place, x in x_of.items()}


def _to_the_left(x_of: Mapping[_Place, float]) -> dict[_Place, float]:
    left = min((x - _width(place) / 2 for place, x in x_of.items()), default=0.0) - MARGIN
    return {place: round(x - left, 1) for place, x in x_of.items()}


def _settle(row: Sequence[_Place], wish: Mapping[_Place, float], x_of: dict[_Place, float]) -> None:
    """As near to the wishes as order, gaps and margins allow: the mean of a pass from each side."""
    left, right = dict[_Place, float](), dict[_Place, float]()
    edge = MARGIN
    for place in row:
        left[place] = max(wish[place], edge + _width(place) / 2)
        edge = left[place] + _width(place) / 2 + GAP
    edge = max(WIDTH - MARGIN, edge - GAP)
    for place in reversed(row):
        right[place] = min(wish[place], edge - _width(place) / 2)
        edge = right[place] - _width(place) / 2 - GAP
    floor = MARGIN
    for place in row:
        middle = max((left[place] + right[place]) / 2, floor + _width(place) / 2)
        x_of[place] = middle
        floor = middle + _width(place) / 2 + GAP


def _neighbours(chains: Mapping[tuple[str, str], list[_Place]]) -> dict[_Place, list[_Place]]:
    near: dict[_Place, list[_Place]] = {}
    for chain in chains.values():
        for one, other in pairwise(chain):
            near.setdefault(one, []).append(other)
            near.setdefault(other, []).append(one)
    return near


def _width(place: _Place) -> float:
    return len(_shown(place[0])) * CHARACTER + 16 if len(place) == 1 else 4.0


def _shown(name: str) -> str:
    if len(name) <= NAME_LIMIT:
        return name
    half = (NAME_LIMIT - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _path(
    chain: Sequence[_Place], x_of: Mapping[_Place, float], y_of: Mapping[_Place, float]
) -> str:
    down = y_of[chain[-1]] > y_of[chain[0]]
    x, y = x_of[chain[0]], y_of[chain[0]] + (BOX if down else 0)
    words = [f"M{x:g} {y:g}"]
    for place in chain[1:]:
        last = place == chain[-1]
        # A dummy place is passed in its middle.
        target = y_of[place] + (BOX / 2 if not last else 0 if down else BOX)
        middle = (y + target) / 2
        words.append(f"C{x:g} {middle:g} {x_of[place]:g} {middle:g} {x_of[place]:g} {target:g}")
        x, y = x_of[place], target
    return " ".join(words)
