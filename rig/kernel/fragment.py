# SPDX-License-Identifier: GPL-2.0-only
"""Configuration fragments: what is asked of a kernel's configuration, by whom, and whether it came
true."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rig.base.errors import InputError

# A comment that makes the next symbol a wish only to kernels that have it: symbols go, and a
# fragment serves several releases.
IF_DEFINED = "# m2m-rig: if defined"

_SET = re.compile(r"^(CONFIG_\w+)=(.*)$")
_UNSET = re.compile(r"^# (CONFIG_\w+) is not set$")


@dataclass(frozen=True, slots=True)
class Wish:
    """One symbol and the value that it shall have.

    Args:
        symbol: with ``CONFIG_``.
        value: as ``.config`` writes it; ``n`` for "is not set".
        place: ``file:line`` of who wishes it.
        if_defined: a kernel without this symbol is good enough (`IF_DEFINED` stood before it).
        soft: of a whole configuration of the user's: others win, and nobody insists.
    """

    symbol: str
    value: str
    place: str
    if_defined: bool = False
    soft: bool = False

    @property
    def line(self) -> str:
        """The wish as a line of a configuration file."""
        if self.value == "n":
            return f"# {self.symbol} is not set"
        return f"{self.symbol}={self.value}"


@dataclass(frozen=True, slots=True)
class Unfulfilled:
    """A wish that the configuration does not have."""

    wish: Wish
    got: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """All fragments merged; the later one wins.

    Args:
        by_symbol: in the order in which the symbols were first asked for.
        overrides: pairs of the wish that won and the one that it replaced, if they differ.
    """

    by_symbol: Mapping[str, Wish]
    overrides: tuple[tuple[Wish, Wish], ...] = ()

    @property
    def text(self) -> str:
        """One configuration file with all of them; the same for the same wishes, whoever asks."""
        return "".join(f"{self.by_symbol[symbol].line}\n" for symbol in sorted(self.by_symbol))

    def without(self, symbols: Iterable[str]) -> "Wishes":
        """The same without some symbols (``CONFIG_…``)."""
        gone = set(symbols)
        kept = {name: wish for name, wish in self.by_symbol.items() if name not in gone}
        return Wishes(kept, self.overrides)

    def unfulfilled(self, config: Mapping[str, str]) -> tuple[Unfulfilled, ...]:
        """The wishes that a final configuration does not have."""
        return tuple(
            Unfulfilled(wish, config.get(wish.symbol, "n"))
            for wish in self.by_symbol.values()
            if config.get(wish.symbol, "n") != wish.value
        )


def read_fragment(file: Path) -> list[Wish]:
    """Read one fragment.

    Raises:
        InputError: with file and line: no configuration line, or a symbol asked for twice with
            different values.
    """
    try:
        text = file.read_text()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    found: dict[str, Wish] = {}
    if_defined = False
    for number, line in enumerate(text.splitlines(), 1):
        wish = _parse(line.rstrip(), f"{file}:{number}", if_defined)
        if_defined = line.strip() == IF_DEFINED
        if wish is None:
            continue
        former = found.get(wish.symbol)
        if former and former.value != wish.value:
            raise InputError(
                f"{wish.place}: {wish.symbol}={wish.value} contradicts "
                f"{former.symbol}={former.value} of {former.place}",
                hint="one file must not ask for both",
            )
        found[wish.symbol] = wish
    return list(found.values())


def read_whole(file: Path) -> list[Wish]:
    """Read a whole `.config` of the user's as soft wishes: what the rig asks for wins.

    Raises:
        InputError: it cannot be read, or is for another architecture.
    """
    wishes = read_fragment(file)
    values = {wish.symbol: wish.value for wish in wishes}
    if values.get("CONFIG_ARM64") != "y":
        raise InputError(
            f"{file}: not a whole configuration for arm64: CONFIG_ARM64=y is not in it",
            hint="make ARCH=arm64 olddefconfig makes one; give a few symbols with --fragment",
        )
    return [replace(wish, soft=True) for wish in wishes]


def merge(parts: Iterable[Sequence[Wish]]) -> Wishes:
    """Merge fragments in order."""
    merged: dict[str, Wish] = {}
    overrides = []
    for part in parts:
        for wish in part:
            former = merged.get(wish.symbol)
            if former and former.value != wish.value and not former.soft:
                overrides.append((wish, former))
            merged[wish.symbol] = wish
    return Wishes(merged, tuple(overrides))


def of_mapping(config: Mapping[str, str], place: str) -> list[Wish]:
    """The wishes of a series' ``config``."""
    return [Wish(symbol, value, place) for symbol, value in config.items()]


def read_config(text: str) -> dict[str, str]:
    """A ``.config`` as symbol to value; what is not set is left out."""
    matches = (_SET.match(line) for line in text.splitlines())
    return {match[1]: match[2] for match in matches if match}


def _parse(line: str, place: str, if_defined: bool) -> Wish | None:
    if match := _SET.match(line):
        return Wish(match[1], match[2], place, if_defined)
    if match := _UNSET.match(line):
        return Wish(match[1], "n", place, if_defined)
    if not line.strip() or line.startswith("#"):
        return None
    raise InputError(
        f"{place}: not a configuration line: {line[:60]!r}",
        hint="write CONFIG_NAME=value or # CONFIG_NAME is not set",
    )
