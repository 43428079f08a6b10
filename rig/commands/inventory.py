# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig list`: the names that other verbs understand."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rig.kernel.config import profiles
from rig.kernel.layout import Layout
from rig.kernel.series import bundled_names, load
from rig.kernel.source import Catalogue
from rig.model.options import Options
from rig.model.scenario import Scenario
from rig.model.selection import Pool, select
from rig.run.chosen import bundled
from rig.run.session import planted_mistakes

# Columns of a terminal that nobody has made wider.
_WIDTH = 80

# Beside the name of what is not of every day.
_RARE = " *"


@dataclass(frozen=True)
class Section:
    """A heading, and names with what they are."""

    heading: str
    entries: tuple[tuple[str, str], ...]

    def lines(self) -> Iterator[str]:
        """What is printed: a name and its words a line, words that do not fit below."""
        yield self.heading
        width = max(len(name) for name, _ in self.entries)
        for name, what in self.entries:
            first = f"  {name:<{width}}  "
            rest = " " * len(first)
            wrapped = textwrap.wrap(what, _WIDTH, initial_indent=first, subsequent_indent=rest)
            yield from wrapped or [first.rstrip()]


def inventory(patterns: Sequence[str] = ()) -> Iterator[Section]:
    """All that there is; with patterns, the scenarios that they mean.

    Raises:
        InputError: a pattern means none.
    """
    pool = bundled()
    if patterns:
        everything = Pool(pool.all)
        yield from _topics(select(everything, Options(names=tuple(patterns))), pool)
        return
    yield from _to_build()
    counts = Counter(scenario.driver for scenario in pool.all)
    yield Section(
        "drivers (--driver)",
        tuple(
            (driver, f"{count} scenario{'s' if count > 1 else ''}")
            for driver, count in sorted(counts.items())
        ),
    )
    mistakes = planted_mistakes().faults
    yield Section("mistakes (--fault)", tuple((each.id, each.title) for each in mistakes))
    yield from _topics(pool.all, pool)


def _to_build() -> Iterator[Section]:
    layout = Layout.bundled()
    catalogue = Catalogue.load(layout.kernels)
    kernels = (
        (name, catalogue.titles[name] + (", default" if name == catalogue.default else ""))
        for name in catalogue.kernels
    )
    yield Section("kernels (--kernel)", tuple(kernels))
    series = ((name, load(name, layout.series).title) for name in bundled_names(layout.series))
    yield Section("series (--series)", tuple(series))
    names = ((name, "") for name in profiles(layout.config))
    yield Section("profiles (--profile, joined by +)", tuple(names))


def _topics(scenarios: Sequence[Scenario], pool: Pool) -> Iterator[Section]:
    """A section for each thing that scenarios are about."""
    rare = {each.name for each in pool.rare}
    for topic in sorted({each.about for each in scenarios}):
        entries = sorted(
            (each.name + (_RARE if each.name in rare else ""), each.title)
            for each in scenarios
            if each.about == topic
        )
        mark = "; *: only where it is named" if any(_RARE in name for name, _ in entries) else ""
        yield Section(f"scenarios about {topic}{mark}", tuple(entries))
