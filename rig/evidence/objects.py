# SPDX-License-Identifier: GPL-2.0-only
"""Data symbols of kernel objects, read by readelf."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rig.evidence import binutils

_SECTION: Final = re.compile(r"\s*\[ *(\d+)\] (\S+)\s+[A-Z_]\S*\s+([0-9a-f]{16}) ")
_SYMBOL: Final = re.compile(
    r"\s*\d+: ([0-9a-f]{16})\s+(\d+|0x[0-9a-f]+) (FILE|OBJECT|NOTYPE)\s+(\S+)\s+\S+\s+(\S+)"
    r"(?: (\S+))?"
)


@dataclass(frozen=True, slots=True)
class DataSymbol:
    """A variable.

    Attributes:
        name: as in the object: "__key.12" for the twelfth static variable of that name.
        file: base name of the source; "" for a global variable, whose name is enough.
        section: where it lies.
        value: address in vmlinux, offset in the section of a module.
        size: bytes; 0 if not known.
    """

    name: str
    file: str
    section: str
    value: int
    size: int


def read_data_symbols(path: Path, readelf: str) -> tuple[DataSymbol, ...]:
    """The variables of an object.

    Raises:
        EnvironmentFailure: readelf is missing, or cannot read the object.
    """
    sections: dict[str, str] = {}
    symbols: list[DataSymbol] = []
    file = ""
    argv = [readelf, "--section-headers", "--symbols", "--wide", str(path)]
    for line in binutils.run(argv).splitlines():
        if match := _SECTION.match(line):
            sections[match[1]] = match[2]
        elif match := _SYMBOL.match(line):
            value, size, kind, binding, index, name = match.groups()
            if kind == "FILE":
                # Local symbols stand behind that of their file, global ones at the end.
                file = name or ""
            elif name and index in sections:
                source = file if binding == "LOCAL" else ""
                place = sections[index], int(value, 16), int(size, 0)
                symbols.append(DataSymbol(name, source, *place))
    return tuple(symbols)
