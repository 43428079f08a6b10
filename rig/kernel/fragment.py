# SPDX-License-Identifier: GPL-2.0-only
"""Configuration fragments: what is asked of a kernel's configuration, by whom, and whether it came
true."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rig.base.errors import InputError

# A comment on the next symbol, for kernels that do not have it: symbols go, and a fragment serves
# several releases.  It names the symbol that stands in for this one, or says why none has to.
_OR = re.compile(r"or (?P<symbol>CONFIG_\w+)|or nothing: (?P<reason>\S.*)")
_DIRECTIVE = re.compile(r"# m2m-rig: *(.*)")

_SET = re.compile(r"^(CONFIG_\w+)=(.*)$")
_UNSET = re.compile(r"^# (CONFIG_\w+) is not set$")


@dataclass(frozen=True, slots=True)
class Wish:
    """One symbol and the value that it shall have.

    Args:
        symbol: with ``CONFIG_``.
        value: as ``.config`` writes it; ``n`` for "is not set".
        place: ``file:line`` of who wishes it.
        instead: the symbol that a kernel without this one must have with the same value; empty if
            such a kernel is good enough; None if there is no such kernel.
        needed: a guest cannot do without: nobody may wish something else.
        soft: of a whole configuration of the user's: others win, and nobody insists.
    """

    symbol: str
    value: str
    place: str
    instead: str | None = None
    needed: bool = False
    soft: bool = False

    @property
    def line(self) -> str:
        """The wish as a line of a configuration file."""
        if self.value == "n":
            return f"# {self.symbol} is not set"
        return f"{self.symbol}={self.value}"

    @property
    def substitute(self) -> "Wish | None":
        """What is wished of a kernel that does not have the symbol."""
        return replace(self, symbol=self.instead, instead=None) if self.instead else None


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
        """One configuration file with all of them; the same for the same wishes, whoever asks.

        Kernels pass over symbols that they do not have.
        """
        wishes = [wish for wish in self.by_symbol.values()]
        wishes += [wish.substitute for wish in self.by_symbol.values() if wish.substitute]
        return "".join(f"{wish.line}\n" for wish in sorted(wishes, key=lambda wish: wish.symbol))

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


def read_fragment(file: Path, *, needed: bool = False) -> list[Wish]:
    """Read one fragment.

    Args:
        needed: a guest cannot do without what it asks for.

    Raises:
        InputError: with file and line: no configuration line, or a symbol asked for twice with
            different values.
    """
    try:
        text = file.read_text()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    found: dict[str, Wish] = {}
    instead = None
    for number, line in enumerate(text.splitlines(), 1):
        place = f"{file}:{number}"
        wish = _parse(line.rstrip(), place)
        if wish is None:
            instead = _instead(line.strip(), place)
            continue
        former = found.get(wish.symbol)
        if former and former.value != wish.value:
            raise InputError(
                f"{wish.place}: {wish.symbol}={wish.value} contradicts "
                f"{former.symbol}={former.value} of {former.place}",
                hint="one file must not ask for both",
            )
        found[wish.symbol] = replace(wish, instead=instead, needed=needed)
        instead = None
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
    """Merge fragments in order.

    Raises:
        InputError: somebody wishes away what a guest needs.
    """
    merged: dict[str, Wish] = {}
    overrides = []
    for part in parts:
        for wish in part:
            former = merged.get(wish.symbol)
            if former and former.value != wish.value and former.needed:
                raise InputError(
                    f"{wish.place}: {wish.symbol}={wish.value}: no guest can do without "
                    f"{former.symbol}={former.value} ({former.place})",
                    hint="leave the symbol out",
                )
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


def _parse(line: str, place: str) -> Wish | None:
    if match := _SET.match(line):
        return Wish(match[1], match[2], place)
    if match := _UNSET.match(line):
        return Wish(match[1], "n", place)
    if not line.strip() or line.startswith("#"):
        return None
    raise InputError(
        f"{place}: not a configuration line: {line[:60]!r}",
        hint="write CONFIG_NAME=value or # CONFIG_NAME is not set",
    )


def _instead(line: str, place: str) -> str | None:
    """What a comment says of kernels without the next symbol."""
    directive = _DIRECTIVE.match(line)
    if directive is None:
        return None
    match = _OR.fullmatch(directive[1])
    if match is None:
        raise InputError(
            f"{place}: nothing that is known of a symbol: {line[:60]!r}",
            hint="write # m2m-rig: or CONFIG_NAME, or # m2m-rig: or nothing: WHY",
        )
    return match["symbol"] or ""
