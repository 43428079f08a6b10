# SPDX-License-Identifier: GPL-2.0-only
"""Looks up source lines in vmlinux and in modules, by the programs of binutils."""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final, TypeVar

from rig.evidence import binutils
from rig.evidence.frames import Address
from rig.evidence.symbols import SourceLine, SymbolTable

_Key = TypeVar("_Key")

_LOCATION: Final = re.compile(r"(.*):(\d+)(?: \(discriminator \d+\))?$")


@dataclass(frozen=True, slots=True)
class _Symbol:
    """A symbol of an object; ``room`` is the distance to the next, as kallsyms counts sizes."""

    section: str
    value: int
    room: int


class Symbolizer:
    """Resolves addresses to source lines.

    Args:
        vmlinux: with line tables (-g1 is enough).
        modules: the .ko files by module name; "-" and "_" are the same, as they are to modprobe.
        addr2line, nm: the programs, which must know the target's architecture.
        tree: where the objects were built, for those that name it in full.  Those built with
            -fdebug-prefix-map name their sources relative to it already.
    """

    def __init__(
        self,
        vmlinux: Path,
        modules: Mapping[str, Path],
        *,
        addr2line: str,
        nm: str,
        tree: Path | None = None,
    ) -> None:
        self._tree = f"{tree}/" if tree else ""
        self._objects = {name.replace("-", "_"): path for name, path in modules.items()}
        self.vmlinux = vmlinux
        self._addr2line = addr2line
        self._nm = nm

    def resolve(self, addresses: Iterable[Address]) -> SymbolTable:
        """The source lines of those addresses that can be found.

        Raises:
            EnvironmentFailure: a program is missing, or cannot read an object.
        """
        lines: dict[Address, tuple[SourceLine, ...]] = {}
        ordered = sorted(addresses, key=lambda address: address.module or "")
        for module, group in groupby(ordered, key=lambda address: address.module):
            path = self._object(module)
            if path is not None:
                lines.update(self._resolve_in(path, list(group), linked=module is None))
        return SymbolTable(lines)

    def at(self, module: str | None, section: str, value: int) -> tuple[SourceLine, ...]:
        """The chain of inlined calls at a place, innermost first; () if it is not known.

        Args:
            section, value: of a module, and an offset in it; of the kernel "" and an address.

        Raises:
            EnvironmentFailure: as `resolve`.
        """
        return self.all_at(module, section, (value,)).get(value, ())

    def all_at(
        self, module: str | None, section: str, values: Iterable[int]
    ) -> dict[int, tuple[SourceLine, ...]]:
        """As `at`, of those of several places that are known, by the place.

        Raises:
            EnvironmentFailure: as `resolve`.
        """
        path = self._object(module)
        if path is None:
            return {}
        return self._lines(path, section, {value: value for value in values})

    def _object(self, module: str | None) -> Path | None:
        return self.vmlinux if module is None else self._objects.get(module.replace("-", "_"))

    def _resolve_in(
        self, path: Path, addresses: Sequence[Address], *, linked: bool
    ) -> dict[Address, tuple[SourceLine, ...]]:
        symbols = self._symbols(path, {address.function for address in addresses})
        places: dict[str, dict[Address, int]] = {}
        for address in addresses:
            symbol = _select(symbols.get(address.function, ()), address.size)
            if symbol is not None:
                # Values in vmlinux are addresses; in a module each section starts at 0.
                section = "" if linked else symbol.section
                places.setdefault(section, {})[address] = symbol.value + address.offset
        return {
            address: chain
            for section, wanted in places.items()
            for address, chain in self._lines(path, section, wanted).items()
        }

    def _symbols(self, path: Path, wanted: set[str]) -> dict[str, list[_Symbol]]:
        """The symbols of those names; several, where static functions share a name."""
        sections: dict[str, list[tuple[int, str]]] = {}
        listing = binutils.run([self._nm, "--format=sysv", "--defined-only", str(path)])
        for row in listing.splitlines():
            columns = [column.strip() for column in row.split("|")]
            if len(columns) == 7 and columns[2] in ("t", "T", "w", "W"):
                value = int(columns[1], 16)
                sections.setdefault(columns[6], []).append((value, columns[0]))
        found: dict[str, list[_Symbol]] = {}
        for section, entries in sections.items():
            # "$x" marks code for the disassembler; kallsyms does not count it either.
            entries = sorted(entry for entry in entries if not entry[1].startswith("$"))
            starts = sorted({value for value, _ in entries})
            room = {start: after - start for start, after in pairwise(starts)}
            for value, name in entries:
                if name in wanted:
                    symbol = _Symbol(section, value, room.get(value, 0))
                    found.setdefault(name, []).append(symbol)
        return found

    def _lines(
        self, path: Path, section: str, wanted: Mapping[_Key, int]
    ) -> dict[_Key, tuple[SourceLine, ...]]:
        command = [self._addr2line, "-a", "-f", "-i", "-e", str(path)]
        if section:
            command += ["-j", section]
        # An address before the start of its section belongs to nothing.
        asked = {address: value for address, value in wanted.items() if value >= 0}
        output = binutils.run(command, "".join(f"{value:#x}\n" for value in asked.values()))
        chains = _chains(output, self._tree)
        return {address: chain for address, chain in zip(asked, chains, strict=False) if chain}


def _select(symbols: Sequence[_Symbol], size: int) -> _Symbol | None:
    """The symbol that a frame means; None if that cannot be said."""
    if len(symbols) <= 1:
        return symbols[0] if symbols else None
    fitting = [symbol for symbol in symbols if size and symbol.room == size]
    return fitting[0] if len(fitting) == 1 else None


def _chains(output: str, tree: str) -> list[tuple[SourceLine, ...]]:
    """addr2line -a -f -i: the address, then a function and a place for each inlined call."""
    chains: list[list[SourceLine]] = []
    function: str | None = None
    for line in output.splitlines():
        if line.startswith("0x"):
            chains.append([])
            function = None
        elif function is None:
            function = line
        else:
            location = _LOCATION.match(line)
            if location and location[1] != "??" and chains:
                file = posixpath.normpath(location[1]).removeprefix(tree)
                chains[-1].append(SourceLine(function, file, int(location[2])))
            function = None
    return [tuple(chain) for chain in chains]
