# SPDX-License-Identifier: GPL-2.0-only
"""Source lines of the frames in a report, and whether they lie in the code under test.

Looking them up needs vmlinux and the modules; judging a run again later needs neither, because the
answers are kept beside the log in symbols.json.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from rig.evidence import helpers, resolved
from rig.evidence.banners import BANNERS, Ending
from rig.evidence.frames import Address, Frame, ranked
from rig.evidence.splats import Splat


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of source; ``file`` is relative to the kernel tree, or absolute if it is not there."""

    function: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class SymbolTable:
    """What is known of the addresses in a log.

    Attributes:
        lines: for each address that could be resolved the chain of inlined calls, innermost
            first; never empty.
    """

    lines: Mapping[Address, tuple[SourceLine, ...]] = field(default_factory=dict)

    def lookup(self, frame: Frame) -> tuple[SourceLine, ...]:
        """The chain of a frame; () if it is not known."""
        return self.lines.get(frame.address, ())

    def moved(self, places: Mapping[str, str]) -> "SymbolTable":
        """The same, with other beginnings of paths: from old to new."""
        return SymbolTable(
            {
                address: tuple(replace(line, file=_moved(line.file, places)) for line in lines)
                for address, lines in self.lines.items()
            }
        )


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a report points.

    Attributes:
        in_scope: some frame lies in the scope; None if that cannot be said.
        file, line: of the frame to blame: in scope if one there does more than help others, else
            the one to blame at all; "" and 0 if not known.
        function: its name; "" if there are no frames.
    """

    in_scope: bool | None
    file: str
    line: int
    function: str


def collect_symbols(splats: Iterable[Splat]) -> frozenset[Address]:
    """The addresses to look up."""
    return frozenset(frame.address for splat in splats for frame in splat.frames)


# lib/alloc_tag.c, alloc_tag_module_unload() of 6.12: the trace is that of whoever unloads.
_LEAK: Final = re.compile(
    r"^(?P<file>\S{1,300}):(?P<line>\d{1,9}) module \S{1,64} func:(?P<function>\S{1,200}) has \d+ "
    r"allocated at module unload",
    re.ASCII | re.MULTILINE,
)


def attribute(
    splat: Splat, symbols: SymbolTable, scope: Sequence[str], drivers: Collection[str] = ()
) -> Attribution:
    """Says whether a report is about the code under test.

    Args:
        scope: beginnings of paths: directories ("drivers/media/"), files, or parts of names
            ("include/linux/dma-").
        drivers: the names of the drivers under test, for reports that name a device and no code.
    """

    def helps(frame: Frame) -> bool:
        # The function itself, not what was inlined into it.
        file = chain[-1].file if (chain := symbols.lookup(frame)) else ""
        return helpers.is_helper(frame.name, frame.module, file)

    if said := _LEAK.search(splat.message):
        inside = said["file"].startswith(tuple(scope))
        return Attribution(inside, said["file"], int(said["line"]), said["function"])
    frames = ranked(splat.stacks, helps)
    if not frames:
        return _of_a_line(splat, scope, drivers)
    lines = [
        (frame, line)
        for frame in frames
        if (line := _culprit(_within(symbols.lookup(frame), scope))) is not None
    ]
    guilty = _culprit(symbols.lookup(frames[0]))
    # A fence or a lock of the scope in the hands of a stranger: show what the stranger does.
    shown = next((line for frame, line in lines if not helps(frame)), guilty)
    if shown is None and lines:
        shown = lines[0][1]
    if shown is None:
        # The code to blame may be anywhere, whatever the frames around it are.
        return Attribution(None, "", 0, frames[0].name)
    return Attribution(bool(lines), shown.file, shown.line, shown.function)


def _of_a_line(splat: Splat, scope: Sequence[str], drivers: Collection[str]) -> Attribution:
    """Whether a report without frames is about the code under test: about a device of it, or what
    that code says of itself."""
    banner = BANNERS.by_kind[splat.kind]
    own = banner.ending is Ending.LINE and banner.source.startswith(tuple(scope))
    return Attribution(True if own or splat.driver in drivers else None, "", 0, "")


def save_symbols(table: SymbolTable, path: Path) -> None:
    """Writes symbols.json."""
    symbols = [
        {
            "module": address.module,
            "function": address.function,
            "offset": address.offset,
            "size": address.size,
            "lines": [[line.function, line.file, line.line] for line in lines],
        }
        for address, lines in sorted(table.lines.items(), key=lambda item: _order(item[0]))
    ]
    path.write_text(json.dumps({"schema": resolved.SCHEMA, "symbols": symbols}, indent=1) + "\n")


def load_symbols(path: Path) -> SymbolTable:
    """Reads symbols.json; a run without the file knows no source lines.

    Raises:
        InputError: the file is damaged or of another version.
    """
    found = resolved.load(
        path, lambda data: SymbolTable(dict(_entry(symbol) for symbol in data["symbols"]))
    )
    return found or SymbolTable()


def _entry(symbol: Mapping[str, Any]) -> tuple[Address, tuple[SourceLine, ...]]:
    module = symbol["module"]
    address = Address(
        None if module is None else str(module),
        str(symbol["function"]),
        int(symbol["offset"]),
        int(symbol["size"]),
    )
    lines = [SourceLine(str(name), str(file), int(line)) for name, file, line in symbol["lines"]]
    return address, tuple(lines)


def _moved(file: str, places: Mapping[str, str]) -> str:
    for old, new in places.items():
        if file.startswith(old):
            return new + file.removeprefix(old)
    return file


def _order(address: Address) -> tuple[str, str, int, int]:
    return address.module or "", address.function, address.offset, address.size


def _within(lines: Sequence[SourceLine], scope: Sequence[str]) -> tuple[SourceLine, ...]:
    return tuple(line for line in lines if line.file.startswith(tuple(scope)))


def _culprit(lines: Sequence[SourceLine]) -> SourceLine | None:
    """The line to show for a chain of inlined calls: the innermost outside of headers."""
    outside = (line for line in lines if not line.file.endswith(".h"))
    return next(outside, lines[-1] if lines else None)
