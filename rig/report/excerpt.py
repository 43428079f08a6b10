# SPDX-License-Identifier: GPL-2.0-only
"""A kernel report as it stands in the log, with the source line of every frame."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from rig.evidence.case import CaseEvidence, FoundSplat, read_symbols, scope_of
from rig.evidence.frames import Frame
from rig.evidence.symbols import SymbolTable

Role = Literal["", "banner", "scope", "frame", "lock", "folded"]

# lockdep's list of held locks (print_lock(), kernel/locking/lockdep.c).
_LOCK: Final = re.compile(
    r"\d+ locks? held by | #\d+: |.*is trying to acquire lock|.*\){[-.+?]{4}}"
)
# What a register dump and its preamble look like; nobody reads them first.
_REGISTERS: Final = re.compile(
    r"x\d+ ?: |sp : |lr : |pstate: |Code: |Hardware name: |Modules linked in|  [A-Z0-9]+ = |"
    r"(?:Mem|Data) abort info|user pgtable|\[[0-9a-f]{16}\] pgd|SMP: stopping|Kernel Offset|"
    r"CPU features: |Memory Limit: "
)
# Fewer lines than this are shown, whatever they say.
_FOLD: Final = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log.  `place`: "file:line" of a frame, innermost call that is not in a
    header; "" if there is none.  `inlined`: the functions that were inlined there.  A `folded`
    line stands for itself or for several."""

    number: int
    text: str
    role: Role
    place: str
    inlined: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One report.  `locks` are those it names, in the order of the log."""

    title: str
    where: str
    fingerprint: str
    locks: tuple[str, ...]
    lines: tuple[Line, ...]


def excerpts(case: CaseEvidence, folder: Path) -> tuple[Excerpt, ...]:
    """All reports of a case, the canary left out."""
    symbols = read_symbols(folder, case.record)
    scope = scope_of(case.record)
    return tuple(_excerpt(case, found, symbols, scope) for found in case.splats)


def _excerpt(
    case: CaseEvidence, found: FoundSplat, symbols: SymbolTable, scope: Sequence[str]
) -> Excerpt:
    splat, where = found.splat, found.where
    frames = {frame.line_number: frame for frame in splat.frames}
    texts = {line.number: line.text for line in case.serial}
    return Excerpt(
        title=splat.banner,
        where=f"{where.function}, {where.file}:{where.line}" if where.file else where.function,
        fingerprint=splat.fingerprint,
        locks=splat.locks,
        lines=_folded(
            _line(number, texts[number], frames.get(number), splat.banner, symbols, scope)
            for number in splat.lines
        ),
    )


def _folded(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Registers and their like as one line; they stay in the log."""
    shown: list[Line] = []
    for folded, run in groupby(lines, key=lambda line: line.role == "folded"):
        group = list(run)
        if folded and len(group) >= _FOLD:
            text = f"{len(group)} lines of registers and the like"
            shown.append(Line(group[0].number, text, "folded", "", ""))
        else:
            shown += group
    return tuple(shown)


def _line(
    number: int,
    text: str,
    frame: Frame | None,
    banner: str,
    symbols: SymbolTable,
    scope: Sequence[str],
) -> Line:
    chain = symbols.lookup(frame) if frame else ()
    outside = [source for source in chain if not source.file.endswith(".h")] or list(chain)
    place = f"{outside[0].file}:{outside[0].line}" if outside else ""
    role: Role = ""
    if text.strip() == banner:
        role = "banner"
    elif any(source.file.startswith(tuple(scope)) for source in chain):
        role = "scope"
    elif _LOCK.match(text):
        role = "lock"
    elif frame is not None:
        role = "frame"
    elif _REGISTERS.match(text):
        role = "folded"
    inlined = ", ".join(source.function for source in chain[:-1])
    return Line(number, text, role, place, inlined)
