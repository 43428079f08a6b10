# SPDX-License-Identifier: GPL-2.0-only
"""`make reach`: which functions and lines of drivers and their core the guests of a run executed.

    python -m tests.tools.reach [ARGUMENT OF m2m-rig run]... [--out DIR]
    python -m tests.tools.reach --of DIR [--before DIR] [--missed PATTERN]

QEMU counts each block of instructions (tests/tools/profile/count.c): what interrupts and kernel
threads do as well as what is called, and the guest's bytes are the same.  A case begins with its
snapshot, so what is done once at boot is not in it.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.call import timed
from tests.qemu import first_in_path
from tests.tools.profile.plugin import counting_qemu
from tests.tools.reach.code import Code, Functions, cases, executed, kernel_of


def counted(words: Sequence[str], out: Path) -> None:
    """Run cases, and leave what each executed in its folder."""
    with tempfile.TemporaryDirectory() as folder:
        environment = first_in_path(counting_qemu(Path(folder)))
        timed("run", "-q", "-j1", f"--out={out}", *words, environment=environment)


def functions_of(runs: Sequence[Path]) -> Functions:
    """What the guests of some runs of one kernel executed.

    Raises:
        SystemExit: nothing was counted, or on several kernels.
    """
    found = cases(runs)
    kernels = {kernel_of(case) for case in found}
    if len(kernels) != 1:
        raise SystemExit(f"{len(kernels)} kernels were counted in {', '.join(map(str, runs))}")
    return Code(kernels.pop()).functions(executed(found))


def table(functions: Functions, before: Functions | None) -> Table:
    """How much of each file was executed; of those of which nothing was, nothing."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column(
        "file", no_wrap=True, min_width=max((len(file) for file, _ in functions), default=0)
    )
    for column in ("functions", "of", "lines", "of", *(("before", "") if before else ())):
        made.add_column(column, justify="right")
    met, lines = _totals(functions)
    whole, all_lines = _all(functions)
    earlier = _totals(before) if before else None
    for file in sorted(whole):
        if not met[file] and not (earlier and earlier[0][file]):
            continue
        row = [met[file], whole[file], lines[file], all_lines[file]]
        row += [earlier[0][file], earlier[1][file]] if earlier else []
        made.add_row(file, *map(str, row))
    sums = [met.total(), sum(whole[f] for f in met), lines.total(), sum(all_lines[f] for f in met)]
    sums += [earlier[0].total(), earlier[1].total()] if earlier else []
    made.add_row("all", *map(str, sums))
    return made


def _totals(functions: Functions) -> tuple[Counter[str], Counter[str]]:
    """By file: functions and lines that were executed."""
    met: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for (file, _), function in functions.items():
        if function.met:
            met[file] += 1
            lines[file] += len(function.met)
    return met, lines


def _all(functions: Functions) -> tuple[Counter[str], Counter[str]]:
    """By file: functions and lines that there are."""
    whole = Counter(file for file, _ in functions)
    lines: Counter[str] = Counter()
    for (file, _), function in functions.items():
        lines[file] += len(function.lines)
    return whole, lines


def missed(functions: Functions, pattern: str) -> Iterator[str]:
    """What of the files of a pattern was not executed, a line for each function."""
    for (file, name), function in sorted(functions.items()):
        if fnmatch(file, pattern) and function.missed:
            what = spans(function.missed) if function.met else "never called"
            yield f"{file}: {name}: {what}"


def spans(numbers: Sequence[int]) -> str:
    """Numbers in order, in few words: 3-5, 9."""
    groups = groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in group] for _, group in groups]
    return ", ".join(f"{run[0]}-{run[-1]}" if run[1:] else f"{run[0]}" for run in runs)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make reach", description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="where the runs are left")
    parser.add_argument("--of", type=Path, action="append", help="runs that were counted before")
    parser.add_argument("--before", type=Path, action="append", help="what to compare with")
    parser.add_argument("--missed", metavar="PATTERN", help="name what was not executed in files")
    chosen, words = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = chosen.of or [chosen.out or Path(folder)]
        if not chosen.of:
            counted(words, runs[0])
        functions = functions_of(runs)
    before = functions_of(chosen.before) if chosen.before else None
    console = Console(highlight=False, soft_wrap=True)
    console.print(table(functions, before))
    for line in missed(functions, chosen.missed) if chosen.missed else ():
        console.print(line)


if __name__ == "__main__":
    main()
