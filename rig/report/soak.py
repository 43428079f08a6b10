# SPDX-License-Identifier: GPL-2.0-only
"""What a soak amounts to: how much was tried, and what went red."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from rig.report.text import case_line, print_claims
from rig.verdict import CaseVerdict, Verdict


def print_soak(verdict: Verdict, console: Console, directory: str) -> None:
    """Print the red cases with their reproducers, the sums, and the verdict on each claim."""
    for case in verdict.cases:
        if not case.red:
            continue
        console.print(case_line(case), soft_wrap=True, highlight=False)
        console.print(f"  reproduce: {escape(case.reproduce)}", soft_wrap=True, highlight=False)
    console.print(sums(verdict.cases), soft_wrap=True, highlight=False)
    for line in rates(verdict.cases):
        console.print(f"  {line}", soft_wrap=True, highlight=False)
    print_claims(verdict, console, directory)


def sums(cases: tuple[CaseVerdict, ...]) -> str:
    """One line: how many cases of which outcome, seeds, fences, guest and host time."""
    outcomes = Counter(case.outcome for case in cases)
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    again = sum(bool(case.lost) for case in cases)
    return (
        f"{len(cases)} cases ({told}) under {len({case.seed for case in cases})} seeds, "
        f"{sum(case.figures.fences for case in cases)} fences published, "
        f"{sum(case.figures.guest_seconds for case in cases):.0f} s of guest time in "
        f"{sum(case.figures.host_seconds for case in cases):.0f} s of QEMU"
        + (f", {again} started again" if again else "")
    )


def rates(cases: tuple[CaseVerdict, ...]) -> Iterator[str]:
    """One line for each driver that published fences: how many in a second, of whose time."""
    for driver in sorted({case.driver for case in cases}):
        own = [case.figures for case in cases if case.driver == driver]
        fences = sum(figures.fences for figures in own)
        guest = sum(figures.guest_seconds for figures in own)
        host = sum(figures.host_seconds for figures in own)
        if fences and guest and host:
            yield (
                f"{driver}: {fences} fences, {fences / guest:.1f} in a second of the guest, "
                f"{fences / host:.1f} in a second of QEMU"
            )
