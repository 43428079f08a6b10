# SPDX-License-Identifier: GPL-2.0-only
"""What a soak amounts to: how much was tried, and what went red."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from rig.evidence.sitepairs import SitePairs, read_site_pairs
from rig.judge.oracle import NOTHING
from rig.judge.verdict import CaseVerdict, Figures, Verdict
from rig.report.text import case_line, print_claims


def print_soak(verdict: Verdict, console: Console, directory: str) -> None:
    """Print the red cases with their reproducers, the sums, and the verdict on each claim."""
    for case in verdict.cases:
        if not case.red:
            continue
        console.print(case_line(case), soft_wrap=True, highlight=False)
        console.print(f"  reproduce: {escape(case.reproduce)}", soft_wrap=True, highlight=False)
    console.print(sums(verdict.cases), soft_wrap=True, highlight=False)
    seen = [read_site_pairs(Path(directory), case.id) for case in verdict.cases]
    for line in (*rates(verdict.cases), *unsure(verdict.cases), *orders(seen)):
        console.print(f"  {line}", soft_wrap=True, highlight=False)
    print_claims(verdict, console, directory)


def sums(cases: tuple[CaseVerdict, ...]) -> str:
    """One line: how many cases of which outcome, seeds, fences, guest and host time."""
    outcomes = Counter(case.outcome for case in cases)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    again = sum(bool(case.lost) for case in cases)
    done = _added(case.figures for case in cases)
    return (
        f"{len(cases)} cases ({counts}) under {len({case.seed for case in cases})} seeds, "
        f"{done.fences} fences published, {done.guest_seconds:.0f} s of guest time in "
        f"{done.host_seconds:.0f} s of QEMU" + (f", {again} started again" if again else "")
    )


def rates(cases: tuple[CaseVerdict, ...]) -> Iterator[str]:
    """One line for each driver that published fences: how many in a second, of whose time."""
    for driver, done in figures_by_driver(cases).items():
        fences, guest, host = done.fences, done.guest_seconds, done.host_seconds
        if fences and guest and host:
            yield (
                f"{driver}: {fences} fences, {fences / guest:.1f} in a second of the guest, "
                f"{fences / host:.1f} in a second of QEMU"
            )


def unsure(cases: tuple[CaseVerdict, ...]) -> Iterator[str]:
    """One line, if calls were judged at all: of how many nobody knew what they met."""
    share = sum((case.share for case in cases), NOTHING)
    if share.all:
        yield (
            f"user space: {share.unsure} of {share.all} calls on buffers and queues "
            f"({100 * share.unsure / share.all:.1f} %) met others, and few rules look at them"
        )


def orders(seen: Sequence[SitePairs]) -> Iterator[str]:
    """One line, if threads were held up: pairs of places, and what the last quarter added.

    Args:
        seen: by each case, in the order in which they were planned.
    """
    most = len(seen) - len(seen) // 4
    before = sum(seen[:most], SitePairs())
    after = sum(seen[most:], before)
    if after.all:
        yield (
            f"pairs of places at one lock: {len(after.both)} met in both orders, "
            f"{len(after.all - after.both)} in one; the last quarter of the cases brought "
            f"{len(after.all - before.all)} new ones, and the other order of "
            f"{len(after.both & before.all - before.both)}"
        )


def figures_by_driver(cases: tuple[CaseVerdict, ...]) -> Mapping[str, Figures]:
    """How much the cases of each driver have done, added up."""
    return {
        driver: _added(case.figures for case in cases if case.driver == driver)
        for driver in sorted({case.driver for case in cases})
    }


def _added(figures: Iterable[Figures]) -> Figures:
    each = tuple(figures)
    return Figures(
        fences=sum(one.fences for one in each),
        jobs=sum(one.jobs for one in each),
        guest_seconds=sum(one.guest_seconds for one in each),
        host_seconds=sum(one.host_seconds for one in each),
    )
