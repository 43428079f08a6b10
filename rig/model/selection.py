# SPDX-License-Identifier: GPL-2.0-only
"""Which scenarios a user means: by name, by pattern, by driver, by what they are about."""

import difflib
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from rig.base.errors import InputError
from rig.model.drivers import bundled
from rig.model.options import ALL_DRIVERS, Options
from rig.model.scenario import SUFFIX, Scenario

# Names that a hint lists.
_SHOWN = 12

# What makes a word a pattern.
_WILD = frozenset("*?[")


@dataclass(frozen=True)
class Pool:
    """What there is to choose from.

    Args:
        usual: scenarios of every day.
        rare: take part if a name names them, or if a pattern or a topic fits nothing usual.
    """

    usual: tuple[Scenario, ...]
    rare: tuple[Scenario, ...] = ()

    @property
    def all(self) -> tuple[Scenario, ...]:
        """All of them, the usual ones first."""
        return (*self.usual, *self.rare)


def select(pool: Pool, wanted: Options) -> tuple[Scenario, ...]:
    """Those scenarios that have one of the names, and one of the drivers, and one of the topics.

    Raises:
        InputError: a name, driver or topic that there is not, or not beside the others.
    """
    named = () if ALL_DRIVERS in wanted.drivers else wanted.drivers
    drivers = _known("driver", map(_plain, named), {each.driver for each in pool.all})
    topics = _known("topic", map(str.lower, wanted.about), {each.about for each in pool.all})

    def narrowed(scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
        return tuple(
            each
            for each in scenarios
            if (not drivers or each.driver in drivers) and (not topics or each.about in topics)
        )

    near = Pool(narrowed(pool.usual), narrowed(pool.rare))
    if not near.all:
        of_these = {each.about for each in pool.all if each.driver in drivers}
        raise InputError(
            f"no scenario of {' or '.join(sorted(drivers))} is about {' or '.join(sorted(topics))}",
            hint=_some(sorted(of_these), "they are about"),
        )
    if not wanted.names:
        usual = {each.driver for each in near.usual}
        # A driver that has nothing usual has what it has.
        rare = (each for each in near.rare if each.driver in drivers - usual)
        return (*near.usual, *rare) or near.rare
    chosen = {each.name for name in wanted.names for each in _named(name, near, pool)}
    return tuple(each for each in near.all if each.name in chosen)


def matches(pattern: str, name: str) -> bool:
    """Whether a name is meant by a name or a pattern; upper case is lower case."""
    if is_pattern(pattern):
        return fnmatchcase(name.lower(), pattern.lower())
    return name.lower() == pattern.lower()


def is_pattern(word: str) -> bool:
    """Whether a word stands for several names."""
    return not _WILD.isdisjoint(word)


def _named(word: str, near: Pool, pool: Pool) -> tuple[Scenario, ...]:
    """The scenarios that one word means.

    Args:
        near: those of the drivers and topics that are asked for; `pool`: all.
    """
    if is_pattern(word):
        for some in (near.usual, near.rare):
            if found := tuple(each for each in some if matches(word, each.name)):
                return found
    elif found := tuple(each for each in near.all if matches(word, each.name)):
        return found
    raise _nothing(word, near, pool)


def _nothing(word: str, near: Pool, pool: Pool) -> InputError:
    """Why a word means nothing."""
    others = [each for each in pool.all if matches(word, each.name)]
    if others and not is_pattern(word):
        return InputError(
            f"scenario {others[0].name} is of driver {others[0].driver} and about "
            f"{others[0].about}",
            hint="a name alone is enough",
        )
    if is_pattern(word):
        names = [each.name for each in near.all]
        return InputError(f"no scenario matches {word!r}", hint=_some(names, "there are"))
    return InputError(f"no scenario is called {word!r}", hint=_meant(word, near, pool))


def _meant(word: str, near: Pool, pool: Pool) -> str:
    """What else a word may be."""
    if word.endswith(SUFFIX):
        return f"a file is given with --scenario {shlex.quote(word)}"
    if _plain(word) in {each.driver for each in pool.all}:
        return f"it is a driver: --driver {word}"
    if word.lower() in {each.about for each in pool.all}:
        return f"that is what scenarios are about: --about {shlex.quote(word.lower())}"
    names = [each.name for each in near.all]
    return _guess(word, names) + _some(names, "there are")


def _plain(driver: str) -> str:
    """A driver's own name for what the kernel calls it."""
    return bundled().plain(driver)


def _known(what: str, names: Iterable[str], exist: set[str]) -> set[str]:
    wanted = set(names)
    for name in sorted(wanted - exist):
        hint = _guess(name, sorted(exist)) + _some(sorted(exist), "there are")
        raise InputError(f"unknown {what} {name!r}", hint=hint)
    return wanted


def _guess(word: str, names: Sequence[str]) -> str:
    """The beginning of a hint; "VIM2M" is near enough to vim2m."""
    near = difflib.get_close_matches(word.lower(), names, n=1)
    return f"did you mean {near[0]!r}? " if near else ""


def _some(names: Sequence[str], what: str) -> str:
    """As many names as fit a line."""
    if len(names) <= _SHOWN:
        return f"{what}: {', '.join(names)}"
    return f"{what}: {', '.join(names[:_SHOWN])} … (m2m-rig list shows all)"
