# SPDX-License-Identifier: GPL-2.0-only
"""The code that guests had, and what of it they executed: by file, function and line."""

import bisect
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from rig.base.cache import Cache
from rig.evidence.binutils import run
from rig.evidence.dump import read_dump
from rig.evidence.loaded import parse_loaded
from rig.evidence.symbolizer import Symbolizer
from rig.evidence.symbols import SourceLine
from rig.host.tools import cross_prefix
from rig.kernel.build import KIND
from tests.tools.profile.plugin import COUNTS, WIDTH, read_blocks

# What is looked at: drivers and their core, and what their buffers are passed on by.
SCOPE = ("drivers/media/", "drivers/dma-buf/")

TEXT = ".text"

# By module, "" for the kernel itself: offsets of instructions in its code; there, addresses.
Executed = Mapping[str, set[int]]


@dataclass
class Function:
    """A function, also where it is inlined: its lines that are code, and those that were met."""

    lines: set[int] = field(default_factory=set)
    met: set[int] = field(default_factory=set)

    @property
    def missed(self) -> list[int]:
        """In order."""
        return sorted(self.lines - self.met)


# By file and name.
Functions = dict[tuple[str, str], Function]


def cases(runs: Iterable[Path]) -> list[Path]:
    """The folders of the cases that were counted, of runs or of folders of runs."""
    found = (file.parent for run in runs for file in run.rglob(f"cases/*/{COUNTS}"))
    return sorted(found)


def kernel_of(case: Path) -> Path:
    """The directory of the kernel's build."""
    record = json.loads((case / "case.json").read_text())
    return Cache.default().root / KIND / str(record["kernel"]["key"])


def executed(cases: Iterable[Path]) -> Executed:
    """What the guests of one kernel executed, all together."""
    all: dict[str, set[int]] = defaultdict(set)
    for case in cases:
        starts = _starts(case)
        bases = [base for base, _ in starts]
        for block in read_blocks(case / COUNTS):
            base, module = starts[bisect.bisect_right(bases, block.address) - 1]
            all[module].update(address - (base if module else 0) for address in block.addresses)
    return all


def _starts(case: Path) -> list[tuple[int, str]]:
    """Where the code of each module begins, and that of the kernel, which lies beyond them."""
    files = read_dump(case / "dump.tar").files
    symbols = (kernel_of(case) / "System.map").read_text().splitlines()
    text = next(line.split()[0] for line in symbols if line.endswith(" _text"))
    starts = {(0, ""), (int(text, 16), "")}
    for when in ("start", "end"):
        loaded = parse_loaded(files.get(f"{when}/loaded", b""))
        starts |= {(base, owner) for (owner, name), base in loaded.sections.items() if name == TEXT}
    return sorted(starts)


class Code:
    """The code of a kernel."""

    def __init__(self, kernel: Path) -> None:
        cross = cross_prefix()
        self._size = f"{cross}size"
        self._kernel = kernel
        self._modules = {
            path.stem.replace("-", "_"): path for path in (kernel / "debug-modules").rglob("*.ko")
        }
        self._symbolizer = Symbolizer(
            kernel / "vmlinux", self._modules, addr2line=f"{cross}addr2line", nm=f"{cross}nm"
        )

    def functions(self, executed: Executed) -> Functions:
        """All functions of the scope, of the kernel and of modules that were executed."""
        functions: Functions = defaultdict(Function)
        for module, met in executed.items():
            for offset, chain in self._chains(module, met):
                for each in chain:
                    if each.file.startswith(SCOPE) and not each.file.endswith(".h"):
                        function = functions[each.file, each.function]
                        function.lines.add(each.line)
                        if offset in met:
                            function.met.add(each.line)
        return functions

    def _chains(self, module: str, met: set[int]) -> Iterator[tuple[int, tuple[SourceLine, ...]]]:
        if not module:
            yield from self._symbolizer.all_at(None, "", self._kernel_places()).items()
        elif module in self._modules:
            places = range(0, self._text_size(self._modules[module]), WIDTH)
            yield from self._symbolizer.all_at(module, TEXT, places).items()

    def _text_size(self, file: Path) -> int:
        rows = (line.split() for line in run([self._size, "-A", str(file)]).splitlines())
        return next(int(row[1]) for row in rows if row[:1] == [TEXT])

    def _kernel_places(self) -> list[int]:
        """The instructions of functions of the kernel's that are in the scope."""
        symbols = (line.split() for line in (self._kernel / "System.map").read_text().splitlines())
        starts = sorted({int(at, 16) for at, kind, _ in symbols if kind in "tTwW"})
        chains = self._symbolizer.all_at(None, "", starts)
        return [
            place
            for start, after in pairwise(starts)
            if start in chains and chains[start][-1].file.startswith(SCOPE)
            for place in range(start, after, WIDTH)
        ]
